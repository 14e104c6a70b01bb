import Diagnostics
import Foundation
import Samples

/// The latents of a dataset, encoded once by an autoencoder and stored in a folder.
///
/// `cache.json` describes the content, which is in `latents-00000.npy`, `labels-00000.npy` and, if
/// mirrored pictures were encoded too, `mirrored-00000.npy`, and so on. Items are raw latents:
/// scale them with ``mean`` and ``standardDeviation``. Caches are written by ``LatentCacheWriter``.
/// They may also contain a teacher's features, written by ``TeacherFeatureCacheWriter``; items
/// include them once they are complete.
public struct LatentCacheDataset: Dataset {
  /// `latent-cache`, the kind in the summary of every cache.
  public static let kind = "latent-cache"

  /// A description of the content.
  public let summary: DatasetSummary
  /// The origin of the latents.
  public let header: LatentCacheHeader
  /// The mean of each channel over all latents that are not mirrored.
  public let mean: [Double]
  /// The standard deviation of each channel over all latents that are not mirrored.
  public let standardDeviation: [Double]
  /// The teacher's features stored with the latents, even if unfinished; `nil` when there are none
  /// or they were not requested.
  public let features: CachedFeatures?
  private let shards: [LatentCacheShard]
  private let featureShards: [TeacherFeatureCacheShard]
  /// The row of each shard's first latent.
  private let starts: [Int]

  /// Whether the cache contains latents of mirrored pictures.
  public var mirrors: Bool { header.mirrored }

  /// Opens a finished cache.
  ///
  /// - Parameters:
  ///   - verified: whether to read every byte once and compare it with the record; `false` only
  ///     checks headers and labels.
  ///   - features: whether items include their features, if all are complete.
  /// - Throws: `.missingInput`, `.badData` or `.nonFinite`, naming the file to delete.
  public init(folder: URL, verified: Bool = true, features: Bool = true) throws {
    let record = try LatentCacheRecord(folder: folder)
    guard record.complete, record.count > 0 else {
      throw PeregrineError(
        .badData, doing: "reading the latent cache `\(folder.path)`",
        found: "an unfinished cache of \(record.count) rows",
        expected: "\(record.header.source.count) rows",
        advice:
          "Run the command that writes it again, `encode` of `\(record.header.source.name)` or "
          + "`train`; it goes on where it stopped.")
    }
    shards = try record.shards.indices.map {
      try LatentCacheShard($0, of: record, in: folder, verified: verified)
    }
    starts = shards.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.rows) }
    let featureRecord =
      features ? try TeacherFeatureCacheRecord(folder: folder, beside: record) : nil
    let cached = featureRecord?.cached(beside: record)
    let complete = cached?.isComplete == true ? featureRecord : nil
    featureShards =
      try complete.map { complete in
        try complete.shards.indices.map {
          try TeacherFeatureCacheShard($0, of: complete, in: folder, verified: verified)
        }
      } ?? []
    self.features = cached
    header = record.header
    mean = record.mean
    standardDeviation = record.standardDeviation
    var fingerprint = Fingerprint("latent-cache 1")
    for files in record.shards.map(\.files) + (complete?.shards.map(\.files) ?? []) {
      for (name, hash) in files.sorted(by: { $0.key < $1.key }) {
        fingerprint.add("\(name) \(hash)")
      }
    }
    summary = DatasetSummary(
      name: header.source.name + " latents", kind: Self.kind, count: record.count,
      itemShape: ItemShape(dimensions: header.itemShape), classNames: header.classNames,
      fingerprint: fingerprint.text,
      features: complete?.features)
  }

  /// The latent at `index`, of the picture or of the mirrored picture, with its class and features.
  public func item(at index: Int, mirrored: Bool) throws -> DatasetItem {
    try check(index: index, mirrored: mirrored)
    let number = (starts.firstIndex { $0 > index } ?? starts.count) - 1
    let shard = shards[number]
    let row = index - starts[number]
    let file = (mirrored ? shard.mirrored : nil) ?? shard.latents
    return DatasetItem(
      values: try file.floats((row * file.rowSize)..<((row + 1) * file.rowSize)),
      condition: Condition(label: shard.labels[row], of: header.classNames.count),
      features: featureShards.isEmpty
        ? nil : try featureShards[number].features(row: row, mirrored: mirrored))
  }
}
