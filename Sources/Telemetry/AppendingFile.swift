import Diagnostics
import FileAccess
import Foundation
import Synchronization

/// A file that only grows. Its failures never stop the program that writes to it.
///
/// What cannot be written, because the disk is full for example, is kept and written once there is
/// room. The first failure is passed to `onFailure`, and what was lost is when the file is closed.
final class AppendingFile: Sendable {
  let url: URL
  let onFailure: @Sendable (PeregrineError) -> Void
  private let write: Write
  private let state: Mutex<State>

  /// Writes bytes to a descriptor; replaced in tests.
  typealias Write = @Sendable (Data, Int32) throws(SystemCallFailure) -> Void

  private struct State {
    /// The open descriptor; `nil` after `close()`.
    var descriptor: Int32?
    /// What could not be written yet.
    var waiting: [Data] = []
    var waitingBytes: Int { waiting.reduce(0) { $0 + $1.count } }
    /// The number of records for which there was no memory left.
    var dropped = 0
    var hasFailed = false
  }

  /// More than this is not kept in memory.
  private static let mostWaitingBytes = 32 << 20

  /// Opens the file, creating it if necessary.
  ///
  /// - Throws: ``PeregrineError`` `.io` when it cannot be opened.
  init(
    _ url: URL, write: @escaping Write = writeAll,
    onFailure: @escaping @Sendable (PeregrineError) -> Void
  ) throws {
    self.url = url
    self.onFailure = onFailure
    self.write = write
    do {
      state = Mutex(State(descriptor: try openFile(url, O_WRONLY | O_CREAT | O_APPEND)))
    } catch {
      throw error.error(doing: "opening `\(url.path)`", at: url)
    }
  }

  deinit { _ = state.withLock { $0.descriptor.map(Glibc.close) } }

  /// Appends a record in a single write, after those that are still waiting.
  func append(_ record: Data) {
    let failure: SystemCallFailure? = state.withLock { state in
      guard state.descriptor != nil else { return nil }
      if state.waitingBytes + record.count > Self.mostWaitingBytes {
        state.dropped += 1
      } else {
        state.waiting.append(record)
      }
      guard let failure = flush(&state), !state.hasFailed else { return nil }
      state.hasFailed = true
      return failure
    }
    if let failure {
      report(
        failure, advice: "The program goes on; what it logs is kept and written once that works.")
    }
  }

  /// Writes what is waiting, all of it or nothing.
  private func flush(_ state: inout State) -> SystemCallFailure? {
    guard let descriptor = state.descriptor, !state.waiting.isEmpty else { return nil }
    var before = stat()
    let isKnown = fstat(descriptor, &before) == 0 && before.st_mode & S_IFMT == S_IFREG
    do throws(SystemCallFailure) {
      try write(Data(state.waiting.joined()), descriptor)
      state.waiting = []
      return nil
    } catch {
      if isKnown { ftruncate(descriptor, before.st_size) }
      return error
    }
  }

  /// Closes the file after a last attempt to write what is waiting, and reports what was lost.
  func close() {
    let (lost, failure) = state.withLock { state in
      let failure = flush(&state)
      let lost = state.waiting.count + state.dropped
      _ = state.descriptor.map(Glibc.close)
      state = State(descriptor: nil)
      return (lost, failure)
    }
    guard lost > 0 else { return }
    report(
      failure ?? SystemCallFailure(number: ENOSPC), advice: "The last \(lost) records are lost.")
  }

  private func report(_ failure: SystemCallFailure, advice: String) {
    let error = failure.error(doing: "appending to `\(url.path)`", at: url)
    onFailure(PeregrineError(error.code, doing: error.doing, found: error.found, advice: advice))
  }
}
