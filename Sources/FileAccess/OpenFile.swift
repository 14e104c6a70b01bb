import Diagnostics
import Foundation

/// An ordinary file that was opened for reading; its bytes are read when they are asked for.
///
/// In contrast to a file that is mapped into memory, one that becomes shorter meanwhile is an
/// error that can be handled, not a signal. Any number of threads may read at once.
package final class OpenFile: Sendable {
  /// The path.
  package let path: FilePath
  /// The number of bytes when the file was opened.
  package let count: Int
  private let descriptor: Int32
  private let doing: String

  /// Opens a file.
  ///
  /// - Throws: `.missingInput` when it does not exist, `.io` otherwise, also for anything but an
  ///   ordinary file.
  package init(_ path: FilePath, doing: String) throws {
    self.path = path
    self.doing = doing
    descriptor = Self.open(path)
    guard descriptor >= 0 else {
      if errno == ENOENT {
        throw PeregrineError(
          .missingInput, doing: doing, found: "no file `\(path.text)`", advice: "Check the path.")
      }
      throw Self.unreadable(path, doing, SystemCallFailure().description)
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw Self.unreadable(path, doing, "it is a folder or a device")
    }
    count = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// Reads some of the bytes; `range` must lie inside the file.
  ///
  /// - Throws: `.io` when the file has become shorter or cannot be read.
  package func bytes(_ range: Range<Int>) throws -> Data {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= count,
      "Bytes \(range) of `\(path.text)`, which has \(count).")
    try requireMemory(range.count, doing: doing)
    var data = Data(count: range.count)
    try data.withUnsafeMutableBytes { target in
      var done = 0
      while done < target.count {
        let read = pread(
          descriptor, target.baseAddress?.advanced(by: done), target.count - done,
          off_t(range.lowerBound + done))
        if read < 0, errno == EINTR { continue }
        guard read > 0 else {
          let failure = SystemCallFailure()
          throw PeregrineError(
            .io, doing: doing,
            found: read < 0 ? failure.description : "\(currentCount) bytes in `\(path.text)`",
            expected: "\(count) bytes, as there were when it was opened",
            advice: "Something has changed the file. Restore it, then run the same command again.")
        }
        done += read
      }
    }
    return data
  }

  /// The number of bytes now.
  private var currentCount: Int {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
  }

  /// Opens the file; if too many files are open, raises the process's limit as far as allowed.
  private static func open(_ path: FilePath) -> Int32 {
    func attempt() -> Int32 {
      path.withSystemPath { name in
        while true {
          // Without blocking, so that a named pipe is noticed instead of waited for.
          let descriptor = Glibc.open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
          if descriptor >= 0 || errno != EINTR { return descriptor }
        }
      }
    }
    let descriptor = attempt()
    guard descriptor < 0, errno == EMFILE else { return descriptor }
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
      return descriptor
    }
    limit.rlim_cur = limit.rlim_max
    _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    return attempt()
  }

  private static func unreadable(_ path: FilePath, _ doing: String, _ reason: String)
    -> PeregrineError
  {
    PeregrineError(
      .io, doing: doing, found: "the file `\(path.text)`, which cannot be read (\(reason))",
      advice: "Check that it is a file and its permissions.")
  }
}
