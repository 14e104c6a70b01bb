import Diagnostics
import FileAccess
import Foundation
import Samples

/// The file `features.json` of a latent cache: describes the features stored with its latents.
///
/// It is a separate file, so that adding features does not change the latents' record.
struct TeacherFeatureCacheRecord: Codable {
  static let schema = 1
  static let fileName = "features.json"

  /// The features of one shard of latents.
  struct Shard: Codable {
    var rows: Int
    /// The SHA-256 of each of the shard's files, by file name.
    var files: [String: String]
    var cost: FeatureCost
  }

  var schemaVersion = Self.schema
  var features: TeacherFeatures
  /// The fingerprint of the pictures.
  var sourceFingerprint: String
  /// Whether features of the mirrored pictures are included.
  var mirrored: Bool
  var shards: [Shard] = []

  /// The record of the features for a latent cache, still empty.
  init(features: TeacherFeatures, latents: LatentCacheHeader) {
    self.features = features
    sourceFingerprint = latents.source.fingerprint
    mirrored = latents.mirrored
  }

  /// Reads the record in a cache's folder, if there is one.
  ///
  /// - Throws: `.badData`, naming the file, when it is damaged or belongs to other latents.
  init?(folder: URL, beside latents: LatentCacheRecord) throws {
    let url = folder.appendingPathComponent(Self.fileName)
    guard FileManager.default.fileExists(atPath: url.path) else { return nil }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let data = try readFile(url, doing: "reading the features `\(url.path)`")
    do {
      self = try JSONRecord.decode(from: data, by: decoder)
      for (index, shard) in shards.enumerated() {
        try Bounds.images.check(shard.cost.pictures, "shards.\(index).cost.pictures")
        try Bounds.seconds.check(shard.cost.seconds, "shards.\(index).cost.seconds")
      }
    } catch {
      throw LatentCacheRecord.failure(
        url, found: "a damaged record (\(error))", expected: "the record of a teacher's features")
    }
    guard schemaVersion == Self.schema, features.shape.count == 2,
      ItemShape.isBounded(features.shape)
    else {
      throw LatentCacheRecord.failure(
        url, found: "schema version \(schemaVersion), features of shape \(features.shape)",
        expected: "schema version \(Self.schema) and [1 + places, width]")
    }
    guard sourceFingerprint == latents.header.source.fingerprint,
      mirrored == latents.header.mirrored,
      latents.shards.map(\.rows).starts(with: shards.map(\.rows))
    else {
      throw LatentCacheRecord.failure(
        url, found: "features of other pictures or shards than the latents beside them",
        expected: "features of `\(latents.header.source.name)`, shard by shard")
    }
  }

  /// Writes the record.
  func write(to folder: URL) throws {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(encoder.encode(self), to: folder.appendingPathComponent(Self.fileName))
  }

  /// A summary for display and for cost accounts. It is complete if every shard of latents has
  /// features.
  func cached(beside latents: LatentCacheRecord) -> CachedFeatures {
    CachedFeatures(
      features: features, cost: shards.reduce(FeatureCost()) { $0 + $1.cost },
      rows: shards.reduce(0) { $0 + $1.rows }, isComplete: shards.count == latents.shards.count)
  }

  /// The names of a shard's files: features and, if present, those of mirrored pictures.
  static func fileNames(shard: Int, mirrored: Bool) -> (features: String, mirrored: String?) {
    let number = String(format: "%05d", shard)
    return ("features-\(number).npy", mirrored ? "features-mirrored-\(number).npy" : nil)
  }
}
