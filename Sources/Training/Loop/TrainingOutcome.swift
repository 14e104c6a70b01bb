/// How a training run ended.
public enum TrainingOutcome: Equatable, Sendable {
  case finished
  /// Stopped on request, after a checkpoint; the same command resumes.
  case interrupted
}
