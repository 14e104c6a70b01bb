import Diagnostics
import FileAccess
import Foundation

/// Adds a teacher's features to a finished latent cache, shard by shard; interrupted work continues
/// after its last shard.
///
///     let writer = try TeacherFeatureCacheWriter(folder: folder, features: teacher)
///     while let rows = writer.nextRows(atMost: 64) {
///       try writer.append(features: features(rows), mirrored: nil, cost: cost)
///     }
///
/// Not for use by several threads at once.
public final class TeacherFeatureCacheWriter {
  private let folder: URL
  private let latents: LatentCacheRecord
  private var record: TeacherFeatureCacheRecord
  private var plain: [Float] = []
  private var mirrored: [Float] = []
  private var cost = FeatureCost()

  /// Starts features for the latents in `folder`, or continues those that exist.
  ///
  /// Complete shards at the beginning are kept; a damaged or missing shard and all after it are
  /// made again.
  /// - Throws: `.usage`, with the differences, when other features exist; `.badData` for unfinished
  ///   latents; `.io`.
  public init(folder: URL, features: TeacherFeatures) throws {
    let doing = "writing features beside the latents in `\(folder.path)`"
    latents = try LatentCacheRecord(folder: folder)
    self.folder = folder
    guard latents.complete else {
      throw PeregrineError(
        .badData, doing: doing, found: "an unfinished cache of \(latents.count) rows",
        expected: "\(latents.header.source.count) rows",
        advice: "Finish the latents first, with the command that began them.")
    }
    record = TeacherFeatureCacheRecord(features: features, latents: latents.header)
    guard let found = try TeacherFeatureCacheRecord(folder: folder, beside: latents) else { return }
    let differences = found.features.differences(to: features)
    guard differences.isEmpty else {
      throw PeregrineError(
        .usage, doing: doing,
        found: "other features there: \(differences.joined(separator: "; "))",
        expected: "the same network, weights and input",
        advice: "Delete `\(TeacherFeatureCacheRecord.fileName)` there to compute them anew.")
    }
    record.shards = found.shards
    let damaged = record.shards.indices.first { number in
      (try? TeacherFeatureCacheShard(number, of: record, in: folder, verified: true)) == nil
    }
    if let damaged { record.shards.removeSubrange(damaged...) }
  }

  /// Whether features of the mirrored pictures are needed, because the cache has their latents.
  public var needsMirrored: Bool { record.mirrored }

  /// What the features in finished shards have cost so far.
  public var cached: CachedFeatures { record.cached(beside: latents) }

  /// The rows to append next, all from one shard; `nil` when all are done.
  ///
  /// Thus batches do not depend on where earlier work stopped.
  public func nextRows(atMost count: Int) -> Range<Int>? {
    guard record.shards.count < latents.shards.count else { return nil }
    let start = record.shards.reduce(0) { $0 + $1.rows }
    let next = start + plain.count / record.features.size
    let end = start + latents.shards[record.shards.count].rows
    return next..<min(next + max(count, 1), end)
  }

  /// Adds the features of the next rows, `[rows, 1 + positions, width]`, and those of the mirrored
  /// pictures if the cache has latents of them.
  ///
  /// - Throws: `.nonFinite`, naming the row, for NaN, infinity and values out of the range of
  ///   float16; `.usage` for wrong sizes, or rows beyond the shard. Nothing is added in these
  ///   cases.
  public func append(features: [Float], mirrored: [Float]?, cost: FeatureCost) throws {
    let size = record.features.size
    let doing = "adding features beside the latents in `\(folder.path)`"
    guard let rows = nextRows(atMost: features.count / size), rows.count * size == features.count,
      (mirrored?.count ?? 0) == (record.mirrored ? features.count : 0)
    else {
      throw PeregrineError(
        .usage, doing: doing,
        found: "\(features.count) numbers, \(mirrored?.count ?? 0) of mirrored pictures",
        expected: "\(size) a row\(record.mirrored ? ", and as many of mirrored pictures" : "")")
    }
    for values in [features, mirrored ?? []] {
      if let position = values.firstIndex(where: { !Float16($0).isFinite }) {
        throw PeregrineError(
          .nonFinite, doing: doing,
          found: "\(values[position]) in row \(rows.lowerBound + position / size)",
          expected: "finite numbers that fit float16",
          advice: "Check that picture and the network's weights.")
      }
    }
    plain += features
    self.mirrored += mirrored ?? []
    self.cost = self.cost + cost
    if plain.count == latents.shards[record.shards.count].rows * size { try writeShard() }
  }

  private func writeShard() throws {
    let number = record.shards.count
    let names = TeacherFeatureCacheRecord.fileNames(shard: number, mirrored: record.mirrored)
    let shape = [latents.shards[number].rows] + record.features.shape
    var files: [String: String] = [:]
    func write(_ values: [Float], _ name: String) throws {
      let data = NPYFile.encoded(values, shape: shape, element: .float16)
      files[name] = sha256(of: data)
      try AtomicFile.write(data, to: folder.appendingPathComponent(name))
    }
    try write(plain, names.features)
    if let name = names.mirrored { try write(mirrored, name) }
    record.shards.append(TeacherFeatureCacheRecord.Shard(rows: shape[0], files: files, cost: cost))
    plain = []
    mirrored = []
    cost = FeatureCost()
    try record.write(to: folder)
  }
}
