import FileAccess
import Foundation
import Synchronization

/// An output stream of the process, whose failure never ends the process.
///
/// A closed pipe and a full disk make a write fail; the command goes on and ``failure`` tells it.
final class StandardStream: Sendable {
  private let descriptor: Int32
  private let state = Mutex<SystemCallFailure?>(nil)

  init(_ descriptor: Int32) { self.descriptor = descriptor }

  /// The first write that failed.
  var failure: SystemCallFailure? { state.withLock { $0 } }

  /// Writes text with as few calls as the system allows. Text that cannot be written is dropped.
  func write(_ text: String) {
    state.withLock { failure in
      do throws(SystemCallFailure) {
        try writeAll(Data(text.utf8), to: descriptor)
      } catch {
        failure = failure ?? error
      }
    }
  }

  /// Prepares the process's streams: a closed pipe becomes a failed write instead of a signal, and
  /// a stream that the parent process closed is not given to the next file that is opened.
  static func prepare() {
    signal(SIGPIPE, SIG_IGN)
    for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO]
    where fcntl(descriptor, F_GETFD) < 0 {
      // Results that nobody can receive fail when they are written; messages may get lost.
      let replacement = open("/dev/null", descriptor == STDERR_FILENO ? O_WRONLY : O_RDONLY)
      guard replacement >= 0, replacement != descriptor else { continue }
      dup2(replacement, descriptor)
      close(replacement)
    }
  }
}
