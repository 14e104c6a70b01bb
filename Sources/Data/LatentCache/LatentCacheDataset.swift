import Diagnostics
import Foundation

/// The latents of a dataset, made once by an autoencoder and kept in a folder.
///
/// `cache.json` says what it holds; `latents-00000.npy`, `labels-00000.npy` and, where the
/// mirrored pictures were encoded too, `mirrored-00000.npy` hold it. Items are raw latents: scale
/// them with ``mean`` and ``standardDeviation``. Written by ``LatentCacheWriter``.
public struct LatentCacheDataset: Dataset {
  /// What the cache holds.
  public let summary: DatasetSummary
  /// Where it comes from.
  public let header: LatentCacheHeader
  /// The mean of each channel over all latents that are not mirrored.
  public let mean: [Double]
  /// The standard deviation of each channel over all latents that are not mirrored.
  public let standardDeviation: [Double]
  private let shards: [LatentCacheShard]
  /// The row of each shard's first latent.
  private let starts: [Int]

  /// Whether the cache holds latents of mirrored pictures.
  public var mirrors: Bool { header.mirrored }

  /// Opens a finished cache.
  ///
  /// - Parameter verified: read every byte once and compare with what was recorded; `false` only
  ///   looks at headers and labels.
  /// - Throws: `.missingInput`, `.badData` or `.nonFinite`, naming the file to delete.
  public init(folder: URL, verified: Bool = true) throws {
    let record = try LatentCacheRecord(folder: folder)
    guard record.complete, record.count > 0 else {
      throw PeregrineError(
        .badData, doing: "reading the latent cache `\(folder.path)`",
        found: "an unfinished cache of \(record.count) rows",
        expected: "\(record.header.source.count) rows",
        advice: "Run encode again; it goes on where it stopped.")
    }
    shards = try record.shards.indices.map {
      try LatentCacheShard($0, of: record, in: folder, verified: verified)
    }
    starts = shards.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.rows) }
    header = record.header
    mean = record.mean
    standardDeviation = record.standardDeviation
    var fingerprint = Fingerprint("latent-cache 1")
    for shard in record.shards {
      for (name, hash) in shard.files.sorted(by: { $0.key < $1.key }) {
        fingerprint.add("\(name) \(hash)")
      }
    }
    summary = DatasetSummary(
      name: header.source.name + " latents", kind: "latent-cache", count: record.count,
      itemShape: header.itemShape, classNames: header.classNames, fingerprint: fingerprint.text)
  }

  /// The latent at `index`, of the picture or of its mirror image, with its class.
  public func item(at index: Int, mirrored: Bool) throws -> DatasetItem {
    try check(index: index, mirrored: mirrored)
    let number = (starts.firstIndex { $0 > index } ?? starts.count) - 1
    let shard = shards[number]
    let row = index - starts[number]
    let file = (mirrored ? shard.mirrored : nil) ?? shard.latents
    return DatasetItem(
      values: file.floats((row * file.rowSize)..<((row + 1) * file.rowSize)),
      label: shard.labels[row])
  }
}
