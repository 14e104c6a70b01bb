import Evaluation

/// Shows the progress of an evaluation, stage by stage, and listens for Ctrl-C.
final class StageDisplay {
  private let interruption = Interruption()
  private let batch: Int
  private var stage: Evaluator.Stage?
  private var display: ProgressDisplay?

  /// - Parameter batch: how many pictures are drawn at once.
  init(batch: Int = 64) { self.batch = batch }

  /// Shows progress; returns whether to continue.
  func update(_ stage: Evaluator.Stage, done: Int, total: Int) -> Bool {
    if stage != self.stage {
      finish()
      self.stage = stage
      Terminal.announce(Self.name(of: stage))
      display = ProgressDisplay(
        total: total, unit: stage == .extrapolating ? "orders" : "pictures",
        startedAt: done, batch: stage == .drawing ? batch : 1)
    }
    display?.update(done: done)
    if done >= total {
      display?.finish()
      Heartbeat.begin("computing the scores")
    }
    return !interruption.isRequested
  }

  private static func name(of stage: Evaluator.Stage) -> String {
    switch stage {
    case .drawing: "Drawing pictures"
    case .features: "Computing features of the pictures"
    case .referenceFeatures: "Computing features of the reference"
    case .extrapolating: "Extrapolating the Fréchet distance"
    }
  }

  /// Ends the live line.
  func finish() { display?.finish() }
}
