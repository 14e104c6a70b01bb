import Diagnostics
import FileAccess
import Foundation
import Synchronization

/// A file that only grows. Its failures never stop the program that writes to it.
///
/// The first failure is passed to `onFailure`; after it, all writes are dropped silently.
final class AppendingFile: Sendable {
  let url: URL
  private let onFailure: @Sendable (PeregrineError) -> Void
  /// The open descriptor; `nil` after a failure or `close()`.
  private let descriptor: Mutex<Int32?>

  /// Opens the file, creating it if necessary.
  ///
  /// - Throws: ``PeregrineError`` `.io` when it cannot be opened.
  init(_ url: URL, onFailure: @escaping @Sendable (PeregrineError) -> Void) throws {
    self.url = url
    self.onFailure = onFailure
    do {
      descriptor = Mutex(try openFile(url, O_WRONLY | O_CREAT | O_APPEND))
    } catch {
      throw error.error(doing: "opening `\(url.path)`", at: url)
    }
  }

  deinit { close() }

  /// Appends bytes in a single write.
  func append(_ data: Data) {
    let failure: SystemCallFailure? = descriptor.withLock { open in
      guard let current = open else { return nil }
      do throws(SystemCallFailure) {
        try writeAll(data, to: current)
        return nil
      } catch {
        Glibc.close(current)
        open = nil
        return error
      }
    }
    if let failure {
      onFailure(
        failure.error(doing: "appending to `\(url.path)`", at: url, writing: data.count))
    }
  }

  /// Reports a failure that made this file unusable, and closes it.
  func fail(_ error: PeregrineError) {
    if close() { onFailure(error) }
  }

  /// Closes the file; later writes are dropped. Returns whether it was open.
  @discardableResult
  func close() -> Bool {
    descriptor.withLock { open in
      guard let current = open else { return false }
      Glibc.close(current)
      open = nil
      return true
    }
  }
}
