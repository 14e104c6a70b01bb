/// How a training run ended.
public enum TrainingOutcome: Equatable, Sendable {
  case finished
  /// Stopped on request, with a checkpoint; the same command goes on.
  case interrupted
}
