import Diagnostics
import Foundation

/// Keeps other processes from writing to a folder; released when the object is, or the process
/// ends.
///
/// The lock file holds the number of the process, and a note that the next holder can read. A folder
/// that was made for the lock and stays empty is removed with it.
package final class FolderLock: Sendable {
  /// The note of the holder before, if it left one.
  package let note: String?
  private let file: URL
  private let descriptor: Int32
  private let doing: String
  private let madeFolder: Bool

  /// Locks with a file in the folder, creating both as needed.
  ///
  /// - Throws: `.busy`, naming the process that holds the lock; `.io`.
  package init(_ file: URL, doing: String) throws {
    self.file = file
    self.doing = doing
    let folder = file.deletingLastPathComponent()
    madeFolder = !FileManager.default.fileExists(atPath: folder.path)
    try makeFolder(folder)
    descriptor = open(file.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw SystemCallFailure().error(doing: doing, at: file) }
    let locked = flock(descriptor, LOCK_EX | LOCK_NB) == 0
    let failure = SystemCallFailure()
    let lines = ((try? String(contentsOf: file, encoding: .utf8)) ?? "").split(separator: "\n")
    note = lines.dropFirst().first.map(String.init)
    guard locked else {
      close(descriptor)
      guard failure.number == EWOULDBLOCK else { throw failure.error(doing: doing, at: file) }
      throw PeregrineError(
        .busy, doing: doing,
        found: "process \(lines.first ?? "?"), which is writing there",
        expected: "one process at a time",
        advice: "Wait for it to end, or choose another folder.")
    }
    try write(note: note)
  }

  deinit {
    let folder = file.deletingLastPathComponent().path
    if madeFolder,
      (try? FileManager.default.contentsOfDirectory(atPath: folder)) == [file.lastPathComponent]
    {
      unlink(file.path)
      rmdir(folder)
    }
    // A child between fork and exec may hold a copy of the descriptor; closing ours is not enough.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }

  /// Writes this process's number and a note of one line for the next holder.
  package func write(note: String?) throws {
    guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
      throw SystemCallFailure().error(doing: doing, at: file)
    }
    let text = (["\(getpid())"] + (note.map { [$0] } ?? [])).joined(separator: "\n") + "\n"
    do {
      try writeAll(Data(text.utf8), to: descriptor)
    } catch {
      throw error.error(doing: doing, at: file, writing: text.utf8.count)
    }
  }

  /// Removes the lock file: the work is done.
  package func remove() { unlink(file.path) }
}
