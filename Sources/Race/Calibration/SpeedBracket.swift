import Diagnostics
import FileAccess
import RunFiles

/// The time of a fixed piece of work right before and right after a run, which shows how fast the
/// machine was during the run.
public struct SpeedBracket: Codable, Equatable, Sendable, CheckedRecord {
  /// Seconds of the fixed work before and after the run.
  public var before, after: Double

  /// What was measured.
  public init(before: Double, after: Double) { (self.before, self.after) = (before, after) }

  /// Checks the numbers of a file.
  public func check() throws(RecordFlaw) {
    try Bounds.seconds.above.check(before, "before")
    try Bounds.seconds.above.check(after, "after")
  }

  /// How many times as long as the reference the work took.
  public func slowdown(against reference: Double) -> Double { (before + after) / 2 / reference }

  /// Writes it into the run's folder; a run that was interrupted has none.
  public func write(to run: RunLayout) throws {
    try AtomicFile.write(RaceFolder.json(self), to: run.speed)
  }
}
