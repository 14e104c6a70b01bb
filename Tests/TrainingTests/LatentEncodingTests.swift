import Datasets
import Diagnostics
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Training

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

  @Test func aRunOnLatentsDrawsPicturesAndChecksTheAutoencoder() throws {
    let folder = try TemporaryFolder()
    _ = try encoding(folder).run { _, _ in true }
    let cache = try encoding(folder).cache
    let tiny = try TinyRun([
      "data.path=\(cache.path)", "model.preset=SiT-Ti/1", "data.flip=true",
      "training.images=16", "data.validation_count=4",
    ])
    try tiny.train("run")
    let trained = try TrainedRun(tiny.run("run"), device: .cpu)
    var sampler = try trained.recipe.makeSampler()
    sampler.steps = 2
    try trained.sampling.draw([0, 1], label: { $0 }, sampler: sampler, seed: 1, batchSize: 2) {
      _, picture in
      #expect(picture.width == 32 && picture.height == 32)
      return true
    }
    let copy = LatentEncoding.autoencoderFile(in: cache)
    var bytes = try Data(contentsOf: copy)
    bytes[bytes.count - 1] ^= 1
    try bytes.write(to: copy)
    let error = #expect(throws: PeregrineError.self) {
      _ = try TrainedRun(tiny.run("run"), device: .cpu)
    }
    #expect(error?.code == .badData)
    #expect(error?.found.contains("sha256") == true)
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
