import Diagnostics
import Foundation

/// An advisory lock on a run folder, released when the object is.
package final class RunLock: Sendable {
  private let descriptor: Int32

  init(_ run: RunLayout) throws {
    do {
      try FileManager.default.createDirectory(at: run.url, withIntermediateDirectories: true)
    } catch {
      throw PeregrineError(
        .io, doing: "creating the run folder `\(run.url.path)`", found: "a refusal of the system",
        advice: "Choose another `--out`.", cause: error)
    }
    descriptor = open(run.lockFile.path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let reason = String(cString: strerror(errno))
      if descriptor >= 0 { close(descriptor) }
      throw PeregrineError(
        .busy, doing: "locking the run folder `\(run.url.path)`", found: reason,
        expected: "a folder that no other process trains in",
        advice: "Wait for the other training to end, or choose another `--out`.")
    }
  }

  deinit { close(descriptor) }
}
