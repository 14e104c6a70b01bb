import Datasets
import Diagnostics
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Encoding

@Suite(.enabled(if: SharedFolder.data != nil))
struct LatentEncodingTests {
  private func encoding(_ folder: TemporaryFolder) throws -> LatentEncoding {
    let weights = try #require(SharedFolder.data).appendingPathComponent(
      "weights/taef2.safetensors")
    var encoding = LatentEncoding(
      data: "shapes:60", size: nil, autoencoder: "taef2", weights: weights,
      cache: folder.url.appendingPathComponent("cache"))
    encoding.batchSize = 8
    encoding.shardRows = 16
    encoding.flip = true
    return encoding
  }

  @Test func anInterruptedEncodingGoesOnToTheSameCache() throws {
    let (whole, parts) = (try TemporaryFolder(), try TemporaryFolder())
    #expect(try encoding(whole).run { _, _ in true } == 60)
    let error = #expect(throws: PeregrineError.self) {
      try encoding(parts).run { done, _ in done < 40 }
    }
    #expect(error?.code == .interrupted)
    var first: Int?
    _ = try encoding(parts).run { done, _ in
      first = first ?? done
      return true
    }
    #expect(first == 40, "shards of 16 rows: 32 were kept, 8 more make 40")
    let names = try FileManager.default.contentsOfDirectory(
      atPath: encoding(whole).cache.path
    ).sorted()
    #expect(names.contains("autoencoder.safetensors"))
    for name in names {
      let contents = try [whole, parts].map {
        try Data(contentsOf: encoding($0).cache.appendingPathComponent(name))
      }
      #expect(contents[0] == contents[1], "\(name)")
    }
  }

  @Test func oneProcessEncodesIntoAFolder() throws {
    let folder = try TemporaryFolder()
    let encoding = try encoding(folder)
    _ = try encoding.run { _, _ in
      // While the first encoding is at work:
      let error = #expect(throws: PeregrineError.self) { try encoding.run { _, _ in true } }
      #expect(error?.code == .busy && error?.found.contains("process \(getpid())") == true)
      return true
    }
    var lost = encoding
    lost.data = "/nowhere"
    lost.cache = folder.url.appendingPathComponent("other")
    #expect(throws: PeregrineError.self) { try lost.run { _, _ in true } }
    #expect(!FileManager.default.fileExists(atPath: lost.cache.path), "no empty folder is left")
  }

  @Test func latentsCannotBeEncodedAgain() throws {
    let folder = try TemporaryFolder()
    var again = try encoding(folder)
    _ = try again.run { _, _ in true }
    again.data = again.cache.path
    again.cache = folder.url.appendingPathComponent("second")
    let error = #expect(throws: PeregrineError.self) { try again.run { _, _ in true } }
    #expect(error?.found == "latents")
  }
}
