import FileAccess
import Foundation

extension NPYFile {
  /// Opens a file of a cache.
  ///
  /// - Parameter hashes: the SHA-256 of each file by name, to compare with; `nil` skips the
  ///   comparison.
  /// - Throws: `.missingInput` or `.badData`, naming the file.
  init(
    cached name: String, in folder: URL, shape: [Int], element: Element, hashes: [String: String]?
  ) throws {
    let url = folder.appendingPathComponent(name)
    let source = ByteSource(
      try OpenFile(FilePath(url), doing: "reading the latent cache `\(url.path)`"))
    if let hashes, try source.sha256() != hashes[name] {
      throw LatentCacheRecord.failure(
        url, found: "other bytes than were written (SHA-256)", expected: "an unchanged shard")
    }
    try self.init(source, name: url.path)
    guard self.shape == shape, self.element == element else {
      throw LatentCacheRecord.failure(
        url, found: "\(self.element) of shape \(self.shape)",
        expected: "\(element) of shape \(shape)")
    }
  }
}
