import Telemetry

/// How far a run is, apart from its weights: everything else that a resume needs.
///
/// Data order, noise, times and dropped labels are functions of the images seen, so there is no
/// generator state to save.
struct TrainingProgress: Codable, Sendable {
  /// Images seen.
  var images = 0
  /// Optimizer steps taken.
  var step = 0
  /// Where time went, over all restarts.
  var clock = RunClock()
  /// What the next line of the log will average over.
  var window = LossWindow()
  /// Whether an evaluation was due and is not finished; it comes first when the run goes on.
  var owesEvaluation: Bool?
}
