import Diagnostics
import Telemetry

/// The progress of a run: everything that resuming needs besides tensors.
///
/// Data order, noise, times and dropped conditions are functions of the number of images seen, so
/// there is no generator state to save.
struct TrainingProgress: Codable, Sendable {
  /// The number of images seen.
  var images = 0
  /// The number of optimizer steps taken.
  var step = 0
  /// How time was spent, over all restarts.
  var clock = RunClock()
  /// The sums for the next log line.
  var window = LossWindow()
  /// The end of the log when the checkpoint was written; `nil` in those of earlier versions.
  var log: MetricsLog.Mark?
}

extension TrainingProgress: CheckedRecord {
  func check() throws(RecordFlaw) {
    try Bounds.images.check(images, "images")
    try Bounds.images.check(step, "step")
    try clock.check(in: "clock")
    try window.check(in: "window")
  }
}
