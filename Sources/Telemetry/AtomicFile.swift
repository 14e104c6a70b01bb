import Diagnostics
import Foundation

/// Writes whole files or nothing.
///
/// The bytes go to a temporary name in the same folder, reach the disk, and only then take the
/// file's name. A reader sees the old file or the new one; a crash leaves one of the two.
public enum AtomicFile {
  /// Writes `data` to `url`, replacing the file that is there.
  ///
  /// - Throws: ``PeregrineError`` `.io` when the folder is missing or read-only, the disk is full
  ///   (with the space that is left), or something other than a file has the name. The old file
  ///   stays as it was and nothing else is left behind.
  public static func write(_ data: Data, to url: URL) throws {
    let doing = "writing `\(url.path)`"
    try requireFile(at: url, doing: doing)
    let folder = url.deletingLastPathComponent()
    let partial = folder.appendingPathComponent(".\(url.lastPathComponent).\(UUID().uuidString)")
    do {
      do {
        try writeDurably(data, to: partial)
        guard rename(partial.path, url.path) == 0 else { throw SystemCallFailure() }
      } catch {
        unlink(partial.path)
        throw error
      }
      synchronise(folder)
    } catch let failure as SystemCallFailure {
      throw failure.error(doing: doing, at: url, writing: data.count)
    }
  }

  /// Refuses to replace a folder or a device.
  private static func requireFile(at url: URL, doing: String) throws {
    guard isOrdinaryFile(url) == false else { return }
    throw PeregrineError(
      .io, doing: doing, found: "a folder or device with that name", expected: "a file or nothing",
      advice: "Name another file.")
  }

  private static func writeDurably(_ data: Data, to url: URL) throws(SystemCallFailure) {
    let descriptor = try openFile(url, O_WRONLY | O_CREAT | O_EXCL)
    defer { close(descriptor) }
    try writeAll(data, to: descriptor)
    guard fsync(descriptor) == 0 else { throw SystemCallFailure() }
  }

  /// Makes a rename durable. File systems that cannot synchronise a folder are left to themselves.
  private static func synchronise(_ folder: URL) {
    guard let descriptor = try? openFile(folder, O_RDONLY | O_DIRECTORY) else { return }
    fsync(descriptor)
    close(descriptor)
  }
}
