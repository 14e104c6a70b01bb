import Datasets
import Diagnostics
import Foundation
import TestSupport
import Testing

/// A teacher's features beside the latents of a cache.
struct TeacherFeatureCacheTests {
  let folder: TemporaryFolder
  var url: URL { folder.url.appendingPathComponent("cache") }

  init() throws { folder = try TemporaryFolder() }

  private func file(_ name: String) -> URL { url.appendingPathComponent(name) }

  private func teacher(_ network: String = "tiny@8", weights: String = "w") -> TeacherFeatures {
    TeacherFeatures(
      network: network, input: "as they are", weightsSha256: weights, shape: [5, 3],
      flopsPerPicture: 1e6)
  }

  /// Ten latents in shards of four.
  private func writeLatents(mirrored: Bool, seed: UInt64 = 0) throws {
    let writer = try LatentCacheWriter(
      folder: url,
      header: LatentCacheHeader(
        itemShape: [1, 2, 2], element: .float32,
        source: ShapesDataset(count: 10, size: 16 + Int(seed)).summary,
        autoencoder: .init(name: "tiny", weightsSha256: "a"), mirrored: mirrored),
      shardRows: 4)
    let values = (0..<40).map { Float($0) }
    try writer.append(
      latents: values, mirrored: mirrored ? values.map { -$0 } : nil,
      labels: (0..<10).map { $0 % 8 })
    try writer.finish()
  }

  private func features(_ row: Int, mirrored: Bool = false) -> [Float] {
    (0..<15).map { Float(row) + Float($0) / 16 + (mirrored ? 100 : 0) }
  }

  /// Appends features of up to `limit` rows, in batches of three; returns the batches.
  @discardableResult
  private func write(_ teacher: TeacherFeatures? = nil, upTo limit: Int = 10, seconds: Double = 1)
    throws -> [Range<Int>]
  {
    let writer = try TeacherFeatureCacheWriter(folder: url, features: teacher ?? self.teacher())
    var batches: [Range<Int>] = []
    while let rows = writer.nextRows(atMost: 3), rows.upperBound <= limit {
      try writer.append(
        features: rows.flatMap { features($0) },
        mirrored: writer.needsMirrored ? rows.flatMap { features($0, mirrored: true) } : nil,
        cost: FeatureCost(seconds: seconds, pictures: rows.count))
      batches.append(rows)
    }
    return batches
  }

  @Test(arguments: [false, true]) func itemsComeWithTheirFeatures(mirrored: Bool) throws {
    try writeLatents(mirrored: mirrored)
    let record = try Data(contentsOf: file("cache.json"))
    let before = try LatentCacheDataset(folder: url)
    #expect(before.features == nil && before.summary.featureShape == nil)
    #expect(try write() == [0..<3, 3..<4, 4..<7, 7..<8, 8..<10], "no batch crosses a shard")
    #expect(try Data(contentsOf: file("cache.json")) == record)
    let cache = try LatentCacheDataset(folder: url)
    #expect(cache.summary.featureShape == [5, 3] && cache.summary.features == teacher())
    #expect(cache.features?.isComplete == true && cache.features?.rows == 10)
    #expect(cache.features?.cost == FeatureCost(seconds: 5, pictures: 10))
    for row in 0..<10 {
      #expect(try cache.item(at: row, mirrored: false).features == features(row))
      if mirrored {
        #expect(
          try cache.item(at: row, mirrored: true).features == features(row, mirrored: true))
      }
    }
    #expect(cache.summary.fingerprint != before.summary.fingerprint)
    let alone = try #require(
      try openDataset(url.path, size: nil, companions: false) as? LatentCacheDataset)
    #expect(alone.summary == before.summary && alone.features == nil)
    #expect(try alone.item(at: 3, mirrored: false).features == nil)
  }

  /// The features of a batch are those of its items, mirrored where they are.
  @Test func batchesCarryTheFeaturesOfTheirItems() throws {
    try writeLatents(mirrored: true)
    try write()
    let cache = try LatentCacheDataset(folder: url)
    let (training, validation) = cache.holdingOut(2, seed: 3)
    #expect(training.summary.featureShape == [5, 3])
    let loader = BatchLoader(
      dataset: training, order: DataOrder(count: 8, seed: 0), batchSize: 8, startingAt: 0,
      flip: true, seed: 0, workers: 2)
    let batch = try loader.next()
    loader.stop()
    #expect(batch.features.count == 8 * 15 && batch.pictures.isEmpty)
    var mirroredCount = 0
    for row in 0..<8 {
      // The sign of a latent tells whether it is mirrored; its first number, which row it is.
      let value = batch.values[4 * row + 1]
      mirroredCount += value < 0 ? 1 : 0
      let index = Int(abs(value) - 1) / 4
      #expect(
        Array(batch.features[15 * row..<15 * (row + 1)]) == features(index, mirrored: value < 0))
    }
    #expect((1..<8).contains(mirroredCount))
    let plain = try validation.batch(0..<2)
    #expect(plain.features == (0..<2).flatMap { features(Int(plain.values[4 * $0]) / 4) })
  }

  @Test func interruptedWorkEqualsWholeWork() throws {
    try writeLatents(mirrored: true)
    try write()
    let whole = try LatentCacheDataset(folder: url).summary
    let names = try FileManager.default.contentsOfDirectory(atPath: url.path)
      .filter { $0.hasPrefix("features") && $0.hasSuffix(".npy") }
    #expect(names.count == 6)
    let contents = try names.map { try Data(contentsOf: file($0)) }
    for name in names + ["features.json"] { try FileManager.default.removeItem(at: file(name)) }
    try write(upTo: 7)
    let part = try LatentCacheDataset(folder: url)
    #expect(part.features?.isComplete == false && part.features?.rows == 4)
    #expect(part.summary.features == nil, "unfinished features are none")
    #expect(try part.item(at: 0, mirrored: false).features == nil)
    #expect(try write(seconds: 70) == [4..<7, 7..<8, 8..<10])
    #expect(try names.map { try Data(contentsOf: file($0)) } == contents)
    let finished = try LatentCacheDataset(folder: url)
    #expect(finished.summary == whole, "what it cost is no part of what it is")
    #expect(finished.features?.cost == FeatureCost(seconds: 212, pictures: 10))
    #expect(try write() == [])
  }

  @Test func otherFeaturesAreRefused() throws {
    try writeLatents(mirrored: false)
    try write(upTo: 4)
    expectFailure(.usage, saying: url.path, "network tiny@8, now large", "features.json") {
      try write(teacher("large"))
    }
    expectFailure(.usage, saying: "weights w, now v") { try write(teacher(weights: "v")) }
    #expect(try LatentCacheDataset(folder: url).features?.rows == 4)
  }

  @Test func featuresOfOtherPicturesAreRefused() throws {
    try writeLatents(mirrored: false)
    try write()
    try FileManager.default.removeItem(at: file("cache.json"))
    try writeLatents(mirrored: false, seed: 1)
    expectFailure(.badData, saying: file("features.json").path, "other pictures") {
      try LatentCacheDataset(folder: url)
    }
    #expect(try LatentCacheDataset(folder: url, features: false).summary.count == 10)
  }

  @Test func featuresNeedFinishedLatents() throws {
    let writer = try LatentCacheWriter(
      folder: url,
      header: LatentCacheHeader(
        itemShape: [1, 2, 2], element: .float32, source: ShapesDataset(count: 10).summary,
        autoencoder: .init(name: "tiny", weightsSha256: "a"), mirrored: false),
      shardRows: 4)
    try writer.append(
      latents: [Float](repeating: 1, count: 20), mirrored: nil, labels: [0, 0, 0, 0, 0])
    expectFailure(.badData, saying: "unfinished", "4 rows") { try write() }
  }

  @Test(arguments: ["features-00001.npy", "features-mirrored-00000.npy"])
  func damagedShardsAreNamedAndMadeAnew(name: String) throws {
    try writeLatents(mirrored: true)
    try write()
    let whole = try LatentCacheDataset(folder: url).summary
    var data = try Data(contentsOf: file(name))
    data[data.count - 2] ^= 1
    try data.write(to: file(name))
    expectFailure(.badData, saying: file(name).path, "SHA-256") {
      try LatentCacheDataset(folder: url)
    }
    #expect(try LatentCacheDataset(folder: url, features: false).summary.count == 10)
    #expect(try write().first?.lowerBound == (name.contains("00001") ? 4 : 0))
    #expect(try LatentCacheDataset(folder: url).summary == whole)
    try FileManager.default.removeItem(at: file(name))
    expectFailure(.missingInput, saying: file(name).path) { try LatentCacheDataset(folder: url) }
  }

  @Test(arguments: [
    ("\"schema_version\" : 1", "\"schema_version\" : 2", "schema version 2"),
    ("\"rows\" : 2", "\"rows\" : 3", "other pictures or shards"), ("{", "[", "record"),
  ])
  func damagedRecordsAreRefused(old: String, new: String, word: String) throws {
    try writeLatents(mirrored: false)
    try write()
    var text = try String(contentsOf: file("features.json"), encoding: .utf8)
    let place = try #require(text.range(of: old))
    text.replaceSubrange(place, with: new)
    try Data(text.utf8).write(to: file("features.json"))
    expectFailure(.badData, saying: file("features.json").path, word) {
      try LatentCacheDataset(folder: url)
    }
  }

  @Test func whatDoesNotFitIsRefused() throws {
    try writeLatents(mirrored: false)
    let writer = try TeacherFeatureCacheWriter(folder: url, features: teacher())
    for bad in [Float.nan, 70_000] {
      var values = features(0) + features(1)
      values[20] = bad
      expectFailure(.nonFinite, saying: "row 1", "float16") {
        try writer.append(features: values, mirrored: nil, cost: FeatureCost())
      }
    }
    expectFailure(.usage, saying: "15 a row") {
      try writer.append(features: [1, 2], mirrored: nil, cost: FeatureCost())
    }
    expectFailure(.usage, saying: "15 a row") {
      try writer.append(features: features(0), mirrored: features(0), cost: FeatureCost())
    }
    expectFailure(.usage, saying: "75 numbers") {
      try writer.append(
        features: (0..<5).flatMap { features($0) }, mirrored: nil, cost: FeatureCost())
    }
    #expect(writer.nextRows(atMost: 8) == 0..<4)
  }

  /// Summaries of before there were companions have none.
  @Test func olderSummariesAreRead() throws {
    let summary = ShapesDataset(count: 3).summary
    let text = try #require(String(data: JSONEncoder().encode(summary), encoding: .utf8))
    #expect(!text.contains("features") && !text.contains("pictureShape"))
    #expect(try JSONDecoder().decode(DatasetSummary.self, from: Data(text.utf8)) == summary)
  }
}
