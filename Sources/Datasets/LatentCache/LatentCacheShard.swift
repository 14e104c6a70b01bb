import Diagnostics
import FileAccess
import Foundation
import Pictures

/// The files of one part of a latent cache, opened and checked.
struct LatentCacheShard: Sendable {
  let latents: NPYFile
  let mirrored: NPYFile?
  let labels: [Int]

  var rows: Int { labels.count }

  /// Opens shard `number` of a cache.
  ///
  /// - Parameter verified: whether to read and check everything: hashes, finite values, statistics.
  /// - Throws: `.missingInput` or `.badData`, naming the file.
  init(_ number: Int, of record: LatentCacheRecord, in folder: URL, verified: Bool) throws {
    let header = record.header
    let shard = record.shards[number]
    let names = LatentCacheRecord.fileNames(shard: number, mirrored: header.mirrored)
    func open(_ name: String, _ shape: [Int], _ element: NPYFile.Element) throws -> NPYFile {
      try NPYFile(
        cached: name, in: folder, shape: shape, element: element,
        hashes: verified ? shard.files : nil)
    }
    let shape = [shard.rows] + header.itemShape
    latents = try open(names.latents, shape, header.element)
    mirrored = try names.mirrored.map { try open($0, shape, header.element) }
    let labelFile = try open(names.labels, [shard.rows], .int32)
    labels = try labelFile.integers(0..<shard.rows)
    if let row = labels.firstIndex(where: { !header.allows(label: $0) }) {
      throw LatentCacheRecord.failure(
        URL(fileURLWithPath: labelFile.name), found: "the label \(labels[row]) in row \(row)",
        expected: "one of \(header.classNames.count) classes")
    }
    guard verified else { return }
    let statistics = try Self.statistics(of: latents, header)
    if let mirrored { _ = try Self.statistics(of: mirrored, header) }
    guard statistics.agrees(with: shard.statistics) else {
      throw LatentCacheRecord.failure(
        URL(fileURLWithPath: latents.name), found: "other statistics than were recorded",
        expected: "mean \(shard.statistics.mean)")
    }
  }

  /// The statistics of a file of latents.
  private static func statistics(
    of file: NPYFile, _ header: LatentCacheHeader
  ) throws -> ChannelStatistics {
    let plane = header.itemShape[1] * header.itemShape[2]
    var result = ChannelStatistics(channels: header.itemShape[0])
    for row in 0..<file.rows {
      let values = try file.floats((row * file.rowSize)..<((row + 1) * file.rowSize))
      result.merge(ChannelStatistics(values, channels: header.itemShape[0], plane: plane))
    }
    return result
  }
}
