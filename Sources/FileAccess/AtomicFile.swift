import Diagnostics
import Foundation

/// Writes files that are either complete or not there.
///
/// The bytes are written under a temporary name in the same folder and flushed to disk; only then
/// does the file get its final name. If the disk is full or the process is killed, the previous
/// file is left unchanged.
public struct AtomicFile {
  private let descriptor: Int32
  private let temporary: String
  private let url: URL

  /// Writes all of `data` to `url`, creating parent folders as needed.
  ///
  /// - Throws: ``PeregrineError`` `.io` with the system's reason and the free space.
  public static func write(_ data: Data, to url: URL) throws {
    try write(to: url) { file in try data.withUnsafeBytes { try file.append($0) } }
  }

  /// Writes what `body` appends to `url`, creating parent folders as needed.
  ///
  /// - Throws: what `body` throws, or ``PeregrineError`` `.io`; `url` is then untouched.
  public static func write(to url: URL, _ body: (AtomicFile) throws -> Void) throws {
    let file = try AtomicFile(url)
    do {
      try body(file)
      try file.check(fsync(file.descriptor))
    } catch {
      close(file.descriptor)
      unlink(file.temporary)
      throw error
    }
    close(file.descriptor)
    do {
      try file.check(rename(file.temporary, url.path))
    } catch {
      unlink(file.temporary)
      throw error
    }
    synchronizeFolder(url.deletingLastPathComponent())
  }

  /// The start of the names of folders that are being written.
  package static let draftPrefix = ".partial-"

  /// Whether a name is that of a temporary file whose writer no longer runs.
  static func isAbandoned(_ name: String) -> Bool {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard name.hasPrefix("."), parts.count >= 4, parts.last == "partial",
      let writer = Int32(parts[parts.count - 2]), writer > 0
    else { return false }
    return kill(writer, 0) != 0 && errno == ESRCH
  }

  /// Makes a rename in `folder` survive a power failure, where the file system supports it.
  public static func synchronizeFolder(_ folder: URL) {
    let descriptor = open(folder.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  private init(_ url: URL) throws {
    self.url = url
    let folder = url.deletingLastPathComponent()
    temporary = folder.appendingPathComponent(".\(url.lastPathComponent).\(getpid()).partial").path
    try makeFolder(folder)
    descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    try check(descriptor)
  }

  /// Appends bytes.
  public func append(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes
    while let start = rest.baseAddress, !rest.isEmpty {
      let written = Glibc.write(descriptor, start, rest.count)
      if written < 0, errno == EINTR { continue }
      try check(Int32(clamping: written), writing: rest.count)
      rest = UnsafeRawBufferPointer(rebasing: rest[written...])
    }
  }

  private func check(_ result: Int32, writing bytes: Int? = nil) throws {
    guard result < 0 else { return }
    throw SystemCallFailure().error(doing: "writing `\(url.path)`", at: url, writing: bytes)
  }
}
