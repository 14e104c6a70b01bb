import Diagnostics
import FileAccess
import Foundation

/// An advisory lock on a run folder, released when the object is.
package final class RunLock: Sendable {
  private let descriptor: Int32

  init(_ run: RunLayout) throws {
    try makeFolder(run.url)
    let doing = "locking the run folder `\(run.url.path)`"
    do {
      descriptor = try openFile(run.lockFile, O_WRONLY | O_CREAT)
    } catch {
      throw error.error(doing: doing, at: run.lockFile)
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let failure = SystemCallFailure()
      close(descriptor)
      guard failure.number == EWOULDBLOCK else {
        throw failure.error(doing: doing, at: run.lockFile)
      }
      throw PeregrineError(
        .busy, doing: doing, found: "another process that trains there",
        expected: "a folder that no other process trains in",
        advice: "Wait for the other training to end, or choose another `--out`.")
    }
  }

  deinit {
    // Closing is not enough: a child process that is just being started holds a copy of the
    // descriptor until it runs its program, and with it the lock.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }
}
