import Diagnostics
import FileAccess
import Foundation
import Pictures

/// Writes a latent cache, shard by shard; an interrupted cache continues after its last shard.
///
///     let writer = try LatentCacheWriter(folder: folder, header: header, shardRows: 4_096)
///     while writer.rowsWritten < header.source.count {
///       let rows = encode(from: writer.rowsWritten)
///       try writer.append(latents: rows.latents, mirrored: nil, labels: rows.labels)
///     }
///     try writer.finish()
///
/// Not for use by several threads at once.
public final class LatentCacheWriter {
  private let folder: URL
  private let shardRows: Int
  private var record: LatentCacheRecord
  private var latents: [Float] = []
  private var mirrored: [Float] = []
  private var labels: [Int] = []

  /// Starts a cache, or continues the one in `folder`.
  ///
  /// Complete shards at the beginning are kept; a damaged or missing shard and all after it are
  /// made again. The record is there from the beginning, so that a cache without shards is known for
  /// an unfinished one, and for one of these pictures.
  ///
  /// - Parameter shardRows: the number of latents per shard.
  /// - Throws: `.usage`, with the differences, when the folder has another cache, or other files;
  ///   `.io`.
  public init(folder: URL, header: LatentCacheHeader, shardRows: Int) throws {
    let doing = "writing the latent cache `\(folder.path)`"
    guard header.itemShape.count == 3, header.itemSize > 0, shardRows > 0,
      [.float16, .float32].contains(header.element)
    else {
      throw PeregrineError(
        .usage, doing: doing,
        found: "shards of \(shardRows) latents \(header.itemShape) as \(header.element)",
        expected: "at least one, [channels, height, width], float16 or float32")
    }
    self.folder = folder
    self.shardRows = shardRows
    guard Self.hasCache(folder) else {
      try OutputFolder(folder, doing: doing).requireFree(exceptFor: Self.isOurs)
      try makeFolder(folder)
      record = LatentCacheRecord(header: header)
      try record.write(to: folder)
      return
    }
    record = try LatentCacheRecord(folder: folder)
    let differences = record.header.differences(to: header)
    guard differences.isEmpty else {
      throw PeregrineError(
        .usage, doing: doing, found: "another cache there: \(differences.joined(separator: "; "))",
        expected: "the same source, autoencoder and shape",
        advice: "Choose another folder, or delete this one to encode anew.")
    }
    keepWholeShards()
  }

  /// Rejects a folder for a new cache that holds other files or is inside the data; an existing cache
  /// can be continued anywhere.
  ///
  /// - Parameter data: the dataset to encode, as ``openDataset(_:size:companions:orientation:)`` reads
  ///   it.
  /// - Throws: `.usage`.
  public static func check(_ folder: URL, data: String) throws {
    guard !hasCache(folder) else { return }
    let folder = OutputFolder(folder, doing: "writing the latent cache `\(folder.path)`")
    try folder.requireFree(exceptFor: isOurs)
    try folder.requireOutside(data: data)
  }

  /// Whether a file of this name belongs to a cache. Deleting the record of a cache is how it is made
  /// anew.
  private static func isOurs(_ name: String) -> Bool {
    let isArray = ["latents-", "labels-", "mirrored-", "features-"].contains(where: name.hasPrefix)
    return isArray && name.hasSuffix(".npy") || name == TeacherFeatureCacheRecord.fileName
      || name.hasPrefix("autoencoder.")
  }

  private static func hasCache(_ folder: URL) -> Bool {
    FileManager.default.fileExists(
      atPath: folder.appendingPathComponent(LatentCacheRecord.fileName).path)
  }

  /// The pictures of the cache in a folder, if it has the record of one.
  public static func source(in folder: URL) -> DatasetSummary? {
    (try? LatentCacheRecord(folder: folder))?.header.source
  }

  /// The number of complete rows, from the first on; encoding continues with this row.
  public var rowsWritten: Int { record.shards.reduce(0) { $0 + $1.rows } + labels.count }

  /// Adds rows: latents `[rows, channels, height, width]`, those of the mirrored pictures if the
  /// header asks for them, and classes.
  ///
  /// - Throws: `.nonFinite`, naming the row, for NaN, infinity and values out of the range of
  ///   float16; `.badData` for an invalid class; `.usage` for wrong sizes. Nothing is added in
  ///   these cases.
  public func append(latents: [Float], mirrored: [Float]?, labels: [Int]) throws {
    let size = record.header.itemSize
    let doing = "adding \(labels.count) rows to the latent cache `\(folder.path)`"
    guard !record.complete, latents.count == labels.count * size,
      (mirrored?.count ?? 0) == (record.header.mirrored ? latents.count : 0)
    else {
      throw PeregrineError(
        .usage, doing: doing,
        found: record.complete
          ? "a finished cache" : "\(latents.count) numbers, \(mirrored?.count ?? 0) mirrored ones",
        expected: "\(size) a row\(record.header.mirrored ? ", and as many mirrored" : "")")
    }
    for values in [latents, mirrored ?? []] {
      if let position = values.firstIndex(where: { !isStorable($0) }) {
        throw PeregrineError(
          .nonFinite, doing: doing,
          found: "\(values[position]) in row \(rowsWritten + position / size)",
          expected: "finite numbers that fit \(record.header.element)",
          advice: "Check that picture and the autoencoder.")
      }
    }
    if let row = labels.firstIndex(where: { !record.header.allows(label: $0) }) {
      throw PeregrineError(
        .badData, doing: doing, found: "the label \(labels[row]) in row \(rowsWritten + row)",
        expected: "one of \(record.header.classNames.count) classes")
    }
    self.latents += latents
    self.mirrored += mirrored ?? []
    self.labels += labels
    while self.labels.count >= shardRows { try writeShard(rows: shardRows) }
  }

  /// Writes the remaining rows and marks the cache as complete; a second call does nothing.
  public func finish() throws {
    guard !record.complete else { return }
    if !labels.isEmpty { try writeShard(rows: labels.count) }
    record.complete = true
    try record.write(to: folder)
  }

  private func isStorable(_ value: Float) -> Bool {
    record.header.element == .float16 ? Float16(value).isFinite : value.isFinite
  }

  /// Drops the first shard that does not match the record, and all after it.
  private func keepWholeShards() {
    let damaged = record.shards.indices.first { number in
      (try? LatentCacheShard(number, of: record, in: folder, verified: true)) == nil
    }
    guard let damaged else { return }
    record.shards.removeSubrange(damaged...)
    record.complete = false
  }

  private func writeShard(rows: Int) throws {
    let header = record.header
    let names = LatentCacheRecord.fileNames(shard: record.shards.count, mirrored: header.mirrored)
    var files: [String: String] = [:]
    func write(_ data: Data, _ name: String) throws {
      files[name] = sha256(of: data)
      try AtomicFile.write(data, to: folder.appendingPathComponent(name))
    }
    func write(latents: [Float], _ name: String) throws {
      let values = Array(latents.prefix(rows * header.itemSize))
      try write(
        NPYFile.encoded(values, shape: [rows] + header.itemShape, element: header.element), name)
    }
    try write(latents: latents, names.latents)
    if let name = names.mirrored { try write(latents: mirrored, name) }
    try write(NPYFile.encoded(Array(labels.prefix(rows)), shape: [rows]), names.labels)
    // Computed from the numbers as stored, so that they can be checked against the files.
    var stored = Array(latents.prefix(rows * header.itemSize))
    if header.element == .float16 { stored = stored.map { Float(Float16($0)) } }
    let plane = header.itemShape[1] * header.itemShape[2]
    record.shards.append(
      LatentCacheRecord.Shard(
        rows: rows, files: files,
        statistics: ChannelStatistics(stored, channels: header.itemShape[0], plane: plane)))
    latents.removeFirst(rows * header.itemSize)
    if header.mirrored { mirrored.removeFirst(rows * header.itemSize) }
    labels.removeFirst(rows)
    try record.write(to: folder)
  }
}
