import Foundation

/// The features of one shard of a latent cache, opened and checked; stored as float16.
struct TeacherFeatureCacheShard: Sendable {
  private let plain: NPYFile
  private let mirrored: NPYFile?

  /// Opens shard `number`.
  ///
  /// - Parameter verified: whether to compare every byte with what was written.
  /// - Throws: `.missingInput` or `.badData`, naming the file.
  init(_ number: Int, of record: TeacherFeatureCacheRecord, in folder: URL, verified: Bool) throws {
    let shard = record.shards[number]
    let names = TeacherFeatureCacheRecord.fileNames(shard: number, mirrored: record.mirrored)
    func open(_ name: String) throws -> NPYFile {
      try NPYFile(
        cached: name, in: folder, shape: [shard.rows] + record.features.shape, element: .float16,
        hashes: verified ? shard.files : nil)
    }
    plain = try open(names.features)
    mirrored = try names.mirrored.map(open)
  }

  /// The features of one row.
  func features(row: Int, mirrored isMirrored: Bool) throws -> [Float] {
    let file = (isMirrored ? mirrored : nil) ?? plain
    return try file.floats((row * file.rowSize)..<((row + 1) * file.rowSize))
  }
}
