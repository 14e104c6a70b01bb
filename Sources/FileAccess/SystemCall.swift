import Diagnostics
import Foundation

/// A system call that failed, by its `errno`.
package struct SystemCallFailure: Error, CustomStringConvertible {
  package let number: Int32

  /// The failure of the call that just returned an error.
  package init(number: Int32 = errno) { self.number = number }

  package var description: String { String(cString: strerror(number)) }

  /// The failure as a ``PeregrineError``.
  ///
  /// - Parameters:
  ///   - doing: what was being done, as a participle.
  ///   - url: the file concerned; if the disk is full, the free space there is reported.
  ///   - bytes: how many bytes were to be written; `nil` when that is not known.
  package func error(doing: String, at url: URL, writing bytes: Int? = nil) -> PeregrineError {
    switch number {
    case ENOSPC, EDQUOT:
      let folder = url.deletingLastPathComponent()
      let free = freeBytes(at: folder).map { ", \(Readable.bytes($0)) free" } ?? ""
      return PeregrineError(
        .io, doing: doing, found: "a full disk (\(description)\(free) in `\(folder.path)`)",
        expected: bytes.map { "room for \(Readable.bytes($0)) more" } ?? "room for the whole file",
        advice: "Free some space, then run the same command again.")
    case ENOENT:
      return PeregrineError(
        .io, doing: doing, found: "no such file or folder",
        advice: "Make the folder `\(url.deletingLastPathComponent().path)` or name another one.")
    case EACCES, EPERM, EROFS:
      return PeregrineError(
        .io, doing: doing, found: "no permission to write (\(description))",
        advice:
          "Change the permissions of `\(url.deletingLastPathComponent().path)` or name another folder."
      )
    default:
      return PeregrineError(
        .io, doing: doing, found: description, advice: "Check the disk and the path.")
    }
  }
}

/// The bytes that an ordinary user can still write in a folder; `nil` when the system does not
/// report it.
package func freeBytes(at folder: URL) -> Int? {
  var status = statvfs()
  guard statvfs(folder.path, &status) == 0 else { return nil }
  return Int(status.f_bavail) * Int(status.f_frsize)
}

/// Whether a path is an ordinary file (`true`), something else such as a folder or device
/// (`false`), or does not exist (`nil`).
package func isOrdinaryFile(_ url: URL) -> Bool? {
  var status = stat()
  guard stat(url.path, &status) == 0 else { return nil }
  return status.st_mode & S_IFMT == S_IFREG
}

/// The size of a file in bytes; `nil` when it does not exist.
package func sizeOfFile(_ url: URL) -> Int? {
  var status = stat()
  return stat(url.path, &status) == 0 ? Int(status.st_size) : nil
}

/// Opens a file, retrying when a signal interrupts.
package func openFile(_ url: URL, _ flags: Int32) throws(SystemCallFailure) -> Int32 {
  while true {
    let descriptor = open(url.path, flags | O_CLOEXEC, 0o666)
    if descriptor >= 0 { return descriptor }
    guard errno == EINTR else { throw SystemCallFailure() }
  }
}

/// Writes all bytes to a descriptor, with as many calls as needed.
package func writeAll(_ data: Data, to descriptor: Int32) throws(SystemCallFailure) {
  var rest = data[...]
  while !rest.isEmpty {
    let written = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    if written >= 0 {
      rest = rest.dropFirst(written)
    } else if errno == EAGAIN {
      // A pipe whose reader is slow, shared with a program that does not wait.
      var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      _ = poll(&ready, 1, -1)
    } else if errno != EINTR {
      throw SystemCallFailure()
    }
  }
}
