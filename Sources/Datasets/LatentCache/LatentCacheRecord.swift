import Diagnostics
import FileAccess
import Foundation
import Pictures
import Samples

/// The file `cache.json` of a latent cache.
struct LatentCacheRecord: Codable {
  static let schema = 1
  static let fileName = "cache.json"

  /// One part of the cache.
  struct Shard: Codable {
    var rows: Int
    /// The SHA-256 of each of the shard's files, by file name.
    var files: [String: String]
    /// Statistics of the latents that are not mirrored.
    var statistics: ChannelStatistics
  }

  var schemaVersion = Self.schema
  /// Whether encoding was completed.
  var complete = false
  var count = 0
  var header: LatentCacheHeader
  /// Mean and standard deviation of each channel, over all latents that are not mirrored.
  var mean: [Double] = []
  var standardDeviation: [Double] = []
  var shards: [Shard] = []

  init(header: LatentCacheHeader) { self.header = header }

  /// Reads the record of a cache.
  ///
  /// - Throws: `.badData`, naming the file, when it is damaged or of another schema version.
  init(folder: URL) throws {
    let url = folder.appendingPathComponent(Self.fileName)
    let data = try readFile(url, doing: "reading the latent cache `\(url.path)`")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    struct Version: Decodable { var schemaVersion: Int }
    let version = try? JSONRecord.decode(Version.self, from: data, by: decoder).schemaVersion
    guard version == Self.schema else {
      throw Self.failure(
        url, found: version.map { "schema version \($0)" } ?? "no schema version",
        expected: "schema version \(Self.schema)")
    }
    do {
      self = try JSONRecord.decode(from: data, by: decoder)
      try header.source.check(in: "header.source")
    } catch {
      throw Self.failure(
        url, found: "a damaged record (\(error))", expected: "the record of a latent cache")
    }
    guard isConsistent else {
      throw Self.failure(
        url, found: "numbers that contradict each other", expected: "an unchanged record")
    }
  }

  /// Whether the numbers of the record are consistent and within plausible limits.
  private var isConsistent: Bool {
    let shape = header.itemShape
    guard shape.count == 3, ItemShape.isBounded(shape),
      shards.allSatisfy({ shard in
        Bounds.images.from(1).contains(shard.rows) && shard.statistics.channels == shape[0]
          && shard.statistics.count >= 0
      }),
      shards.map(\.statistics.count).checkedSum != nil,
      count == shards.map(\.rows).checkedSum
    else { return false }
    let statistics = merged
    return mean.isEmpty && count == 0
      || mean == statistics.mean && standardDeviation == statistics.standardDeviation
  }

  /// The statistics of all shards together.
  private var merged: ChannelStatistics {
    shards.reduce(into: ChannelStatistics(channels: header.itemShape[0])) {
      $0.merge($1.statistics)
    }
  }

  /// Writes the record, updated with its shards.
  mutating func write(to folder: URL) throws {
    let statistics = merged
    count = shards.reduce(0) { $0 + $1.rows }
    mean = statistics.mean
    standardDeviation = statistics.standardDeviation
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(encoder.encode(self), to: folder.appendingPathComponent(Self.fileName))
  }

  /// The names of a shard's files: latents, labels and, if present, mirrored latents.
  static func fileNames(shard: Int, mirrored: Bool) -> (
    latents: String, labels: String, mirrored: String?
  ) {
    let number = String(format: "%05d", shard)
    return (
      "latents-\(number).npy", "labels-\(number).npy", mirrored ? "mirrored-\(number).npy" : nil
    )
  }

  static func failure(_ url: URL, found: String, expected: String) -> PeregrineError {
    PeregrineError(
      .badData, doing: "reading the latent cache `\(url.path)`", found: found, expected: expected,
      advice: "Delete that file and run encode again.")
  }
}
