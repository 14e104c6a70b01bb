import Datasets
import Diagnostics
import Foundation
import TestSupport
import Testing

@testable import Encoding

/// Putting a teacher's features beside latents.
@Suite struct FeatureEncodingTests {
  private let folder: TemporaryFolder
  private var cache: URL { folder.url.appendingPathComponent("cache") }

  init() throws {
    folder = try TemporaryFolder()
    try TinyTeacher.latents(in: cache)
  }

  private func encode(_ encoding: FeatureEncoding, upTo limit: Int = .max) throws -> CachedFeatures
  {
    try encoding.run(
      loading: { try TinyTeacher.convolutional() }, progress: { done, _ in done < limit })
  }

  /// The bytes of all files of features.
  private func shards() throws -> [String: Data] {
    let names = try FileManager.default.contentsOfDirectory(atPath: cache.path)
      .filter { $0.hasPrefix("features-") }
    return try Dictionary(
      uniqueKeysWithValues: names.map {
        ($0, try Data(contentsOf: cache.appendingPathComponent($0)))
      })
  }

  @Test func interruptedWorkGoesOnToTheSameBytes() throws {
    let record = try Data(contentsOf: cache.appendingPathComponent("cache.json"))
    let cached = try encode(TinyTeacher.encoding(cache))
    #expect(cached.isComplete && cached.rows == 24 && cached.cost.pictures == 48)
    #expect(cached.cost.seconds > 0)
    #expect(cached.features.network == "tiny" && cached.features.shape == [65, 64])
    #expect(cached.features.input.contains("bilinear to 32 px"))
    let whole = try shards()
    #expect(whole.count == 6)
    let summary = try LatentCacheDataset(folder: cache).summary
    #expect(summary.features == cached.features)
    for name in whole.keys.sorted() + ["features.json"] {
      try FileManager.default.removeItem(at: cache.appendingPathComponent(name))
    }
    let error = #expect(throws: PeregrineError.self) {
      try encode(TinyTeacher.encoding(cache), upTo: 16)
    }
    #expect(error?.code == .interrupted)
    #expect(try LatentCacheDataset(folder: cache).features?.rows == 10)
    var first: Int?
    _ = try TinyTeacher.encoding(cache).run(loading: { try TinyTeacher.convolutional() }) {
      done, _ in
      first = first ?? done
      return true
    }
    #expect(first == 14, "ten rows were kept, and four more are the first batch")
    #expect(try shards() == whole)
    #expect(try LatentCacheDataset(folder: cache).summary == summary)
    #expect(try Data(contentsOf: cache.appendingPathComponent("cache.json")) == record)
  }

  @Test func otherPicturesAreRefused() throws {
    var other = TinyTeacher.encoding(cache)
    other.data = "shapes:25"
    var error = #expect(throws: PeregrineError.self) { try encode(other) }
    #expect(error?.code == .usage && error?.description.contains("25 pictures") == true)
    other.data = "shapes:24"
    other.size = 48
    error = #expect(throws: PeregrineError.self) { try encode(other) }
    #expect(error?.code == .usage && error?.description.contains("--size") == true)
    other = TinyTeacher.encoding(cache)
    other.data = cache.path
    error = #expect(throws: PeregrineError.self) { try encode(other) }
    #expect(error?.found == "latents")
  }

  @Test func withoutLatentsThereIsNothingToPutThemBeside() throws {
    let empty = folder.url.appendingPathComponent("empty")
    let error = #expect(throws: PeregrineError.self) { try encode(TinyTeacher.encoding(empty)) }
    #expect(error?.code == .usage)
    #expect(error?.advice.contains("--with") == true)
    #expect(!FileManager.default.fileExists(atPath: empty.path))
  }

  @Test func networksWithoutTokensAreRefusedByName() {
    let plain = PlainFeatureNetwork()
    let error = #expect(throws: PeregrineError.self) {
      try TeacherNetwork(plain, name: "inception", weightsSha256: "", device: .cpu)
    }
    #expect(error?.code == .usage)
    #expect(error?.description.contains("`inception`") == true)
    let missing = #expect(throws: PeregrineError.self) {
      try TeacherNetwork(
        "mobilenet-v2@128", weights: URL(fileURLWithPath: "/nowhere"), device: .cpu)
    }
    #expect(missing?.code == .missingInput)
  }
}
