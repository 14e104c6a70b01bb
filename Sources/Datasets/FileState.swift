import FileAccess
import Foundation

/// The state of a dataset's files, by which a later change is noticed.
public struct FileState: Sendable, Codable, Equatable {
  /// A hash of the sizes and times of the last change of all files.
  public var times: String
  /// A hash of every byte; `nil` when there were too many to read.
  public var contents: String?

  /// Files with more bytes in all than this are compared by their times only.
  static let mostBytes = 4 << 30

  /// The state of some files, with their contents if that takes seconds and not minutes.
  ///
  /// - Throws: `.missingInput` or `.io`, naming the file.
  init(_ files: [FilePath]) throws {
    let (times, bytes) = try Self.times(files)
    self.times = times
    guard bytes <= Self.mostBytes else { return }
    var contents = Fingerprint("file contents 1")
    for path in files { contents.add(try sha256(ofFile: path)) }
    self.contents = contents.text
  }

  /// The state of the same files now. Their bytes are only read if their times have changed.
  func now(_ files: [FilePath]) throws -> FileState {
    try Self.times(files).hash == times ? self : FileState(files)
  }

  /// Whether files in the other state are the same.
  func agrees(with other: FileState) -> Bool {
    times == other.times || contents != nil && contents == other.contents
  }

  private static func times(_ files: [FilePath]) throws -> (hash: String, bytes: Int) {
    var hash = Fingerprint("file times 1")
    var bytes = 0
    for path in files {
      let file = try FileTree.File(path)
      hash.add("\(path.name.text) \(file.size) \(file.modified)")
      bytes += file.size
    }
    return (hash.text, bytes)
  }
}
