import Datasets
import Diagnostics
import Foundation
import Pictures
import Scores
import Tensors
import TestSupport
import Testing

@testable import Evaluation

/// Features are computed once, whatever interrupts that.
@Suite struct FeatureExtractionTests {
  private let folder: TemporaryFolder
  private let network = PlainFeatureNetwork()
  /// Two whole shards of 1,024 rows and a rest.
  private let pictures = ShapesDataset(count: 2_100, seed: 4, size: 8)

  init() throws { folder = try TemporaryFolder() }

  private func extraction(
    _ cache: String, of pictures: (any PictureDataset)? = nil, batch: Int = 64
  ) throws -> FeatureExtraction {
    var extraction = try FeatureExtraction(
      pictures ?? self.pictures,
      NamedFeatureNetwork(network, weightsSha256: PlainEvaluation.weights("a")),
      cache: folder.url.appendingPathComponent(cache))
    extraction.batchSize = batch
    return extraction
  }

  private func rows(_ extraction: FeatureExtraction, count: Int = 2_100) throws -> [Float] {
    try extraction.extract([.pooled], count: count) { _, _ in true }
    return try extraction.features(.pooled, count: count).scalars(Float.self)
  }

  @Test func anInterruptedExtractionGoesOnAfterItsLastShard() throws {
    let whole = try rows(extraction("whole"))
    #expect(network.pictureCount == 2_100)
    let parts = try extraction("parts")
    let error = #expect(throws: PeregrineError.self) {
      try parts.extract([.pooled], count: 2_100) { done, _ in done < 1_500 }
    }
    #expect(error?.code == .interrupted)
    #expect(error?.found.contains("of 2100") == true)
    let interrupted = network.pictureCount - 2_100
    #expect((1_500..<2_100).contains(interrupted))
    // A new value, as in another process.
    #expect(try rows(extraction("parts")) == whole)
    #expect(network.pictureCount - 2_100 - interrupted == 2_100 - 1_024)
  }

  @Test func theSizeOfBatchesChangesNothing() throws {
    let whole = try rows(extraction("one"))
    #expect(try rows(extraction("other", batch: 37)) == whole)
    let direct = try PlainEvaluation.features(.pooled, of: pictures).scalars(Float.self)
    #expect(direct == whole)
  }

  @Test func whatIsThereIsNotComputedAgain() throws {
    let first = try rows(extraction("cache"), count: 1_500)
    #expect(network.pictureCount == 1_500)
    #expect(try rows(extraction("cache"), count: 1_500) == first)
    // Fewer pictures are a part of what is there; more begin with the shard that is not whole.
    #expect(try rows(extraction("cache"), count: 700) == Array(first.prefix(700 * 16)))
    #expect(network.pictureCount == 1_500)
    #expect(try Array(rows(extraction("cache")).prefix(1_500 * 16)) == first)
    #expect(network.pictureCount == 1_500 + 2_100 - 1_024)
  }

  @Test func aSecondScoringShowsTheNetworkNothing() throws {
    var plain = try PlainEvaluation()
    plain.evaluator.metrics = [.fd, .sfid, .kid, .inceptionScore, .precisionRecall]
    let first = try plain.scores()
    let shown = plain.network.pictureCount
    #expect(shown > 0)
    #expect(try plain.scores().scores == first.scores)
    #expect(plain.network.pictureCount == shown)
  }

  @Test func oneChangedByteOfOnePictureMakesOtherFeatures() throws {
    let prefix = folder.url.appendingPathComponent("set")
    func write(_ pixels: [UInt8]) throws {
      try NPYFile.write(
        NPYFile.encoded(pixels, shape: [1_100, 8, 8, 3]),
        to: prefix.deletingLastPathComponent().appendingPathComponent("set_x.npy"))
    }
    let shapes = ShapesDataset(count: 1_100, size: 8)
    var pixels = try (0..<1_100).flatMap { try shapes.picture(at: $0).pixels }
    try NPYFile.write(
      NPYFile.encoded([UInt8](repeating: 0, count: 1_100), shape: [1_100]),
      to: folder.url.appendingPathComponent("set_y.npy"))
    try write(pixels)
    let before = try rows(
      extraction("cache", of: NPYDataset(path: prefix.path)), count: 1_100)
    _ = try rows(extraction("cache", of: NPYDataset(path: prefix.path)), count: 1_100)
    #expect(network.pictureCount == 1_100)
    // Outside of what the dataset's fingerprint samples.
    pixels[70_000] ^= 1
    try write(pixels)
    let changed = try NPYDataset(path: prefix.path)
    let after = try rows(extraction("cache", of: changed), count: 1_100)
    #expect(network.pictureCount == 2_200)
    let picture = 70_000 / 192
    let rest = (0..<1_100).filter {
      before[$0 * 16..<($0 + 1) * 16] != after[$0 * 16..<($0 + 1) * 16]
    }
    #expect(rest == [picture])
  }

  @Test func otherWeightsMakeOtherFeatures() throws {
    _ = try rows(extraction("cache"))
    let other = try FeatureExtraction(
      pictures, NamedFeatureNetwork(network, weightsSha256: PlainEvaluation.weights("b")),
      cache: folder.url.appendingPathComponent("cache"))
    try other.extract([.pooled], count: 10) { _, _ in true }
    #expect(network.pictureCount == 2_110)
  }

  @Test func statisticsAreKept() throws {
    let extraction = try extraction("cache")
    let first = try extraction.statistics(.pooled, count: 2_100) { _, _ in true }
    try removeShards()
    let second = try extraction.statistics(.pooled, count: 2_100) { _, _ in true }
    #expect(network.pictureCount == 2_100)
    #expect(try first.mean.scalars(Double.self) == second.mean.scalars(Double.self))
    #expect(try first.covariance.scalars(Double.self) == second.covariance.scalars(Double.self))
    #expect(second.count == 2_100)
    // Of another number of pictures they are others.
    let fewer = try extraction.statistics(.pooled, count: 2_000) { _, _ in true }
    #expect(network.pictureCount == 4_100)
    #expect(try fewer.mean.scalars(Double.self) != first.mean.scalars(Double.self))
  }

  private func removeShards() throws {
    let cache = folder.url.appendingPathComponent("cache/features")
    var removed = 0
    for path in try FileManager.default.subpathsOfDirectory(atPath: cache.path)
    where path.contains("/pooled-") && path.hasSuffix(".safetensors") {
      try FileManager.default.removeItem(at: cache.appendingPathComponent(path))
      removed += 1
    }
    #expect(removed == 3)
  }

  /// A flipped bit in features or statistics changes no score: what is damaged is named and
  /// computed again.
  @Test(arguments: ["pooled-00001024.safetensors", "statistics-pooled-2100.safetensors"])
  func aFlippedBitIsNamedAndComputedAgain(_ name: String) throws {
    let before = try extraction("cache").statistics(.pooled, count: 2_100) { _, _ in true }
    let cache = folder.url.appendingPathComponent("cache/features")
    let path = try #require(
      FileManager.default.subpathsOfDirectory(atPath: cache.path).first { $0.hasSuffix(name) })
    let url = cache.appendingPathComponent(path)
    var bytes = try Data(contentsOf: url)
    bytes[bytes.count - 3] ^= 0x40
    try bytes.write(to: url)
    var warnings: [PeregrineError] = []
    var again = try extraction("cache")
    again.warn = { warnings.append($0) }
    #expect(try rows(again) == rows(extraction("other")))
    let after = try again.statistics(.pooled, count: 2_100) { _, _ in true }
    #expect(try before.covariance.scalars(Double.self) == after.covariance.scalars(Double.self))
    #expect(warnings.count == 1)
    #expect(warnings.first?.description.contains(name) == true)
  }

  @Test func aDamagedShardIsComputedAgain() throws {
    let whole = try rows(extraction("cache"))
    let cache = folder.url.appendingPathComponent("cache/features")
    let path = try #require(
      FileManager.default.subpathsOfDirectory(atPath: cache.path)
        .first { $0.hasSuffix("pooled-00001024.safetensors") })
    let handle = try FileHandle(forWritingTo: cache.appendingPathComponent(path))
    try handle.truncate(atOffset: 5_000)
    try handle.close()
    #expect(try rows(extraction("cache")) == whole)
    #expect(network.pictureCount == 2_100 + 1_024)
  }
}
