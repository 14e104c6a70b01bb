import Bench
import Recipes
import Training

/// A fixed piece of work: the same few training steps of a small model, repeated. Their time shows
/// how fast the machine currently is.
final class FixedWork {
  private let device: String
  private var step: RepeatedStep?

  /// The number of timed steps, after a few warm-up steps.
  private static let (warmUp, steps) = (3, 12)

  /// - Parameter device: the device that the race trains on.
  init(device: String) { self.device = device }

  /// The current seconds per step.
  func seconds() throws -> Double {
    let step = try self.step ?? make()
    self.step = step
    for _ in 0..<Self.warmUp { try step.run(.train) }
    let time = try ContinuousClock().measure {
      for _ in 0..<Self.steps { try step.run(.train) }
    }
    // Discards the losses of the steps. Their values do not matter and must not make the
    // surrounding run fail.
    try? step.check()
    return time / .seconds(1) / Double(Self.steps)
  }

  private func make() throws -> RepeatedStep {
    // A quarter of the demo's batch, so that runs of a few seconds can be bracketed too.
    let settings =
      try BenchPreset(named: "demo").settings + [
        "training.global_batch_size=8", "training.micro_batch_size=4", "training.device=\(device)",
      ]
    return try RepeatedStep(RecipeLayers(assignments: settings).resolved())
  }
}
