import Bench
import Recipes
import Training

/// The same few training steps of a small model, over and over: how long they take tells how fast the
/// machine is at the moment.
final class FixedWork {
  private let device: String
  private var step: RepeatedStep?

  /// What counts, after a few steps that fill caches.
  private static let (warmUp, steps) = (3, 12)

  /// - Parameter device: what a race trains on.
  init(device: String) { self.device = device }

  /// The seconds of a step, now.
  func seconds() throws -> Double {
    let step = try self.step ?? make()
    self.step = step
    for _ in 0..<Self.warmUp { try step.run(.train) }
    let time = try ContinuousClock().measure {
      for _ in 0..<Self.steps { try step.run(.train) }
    }
    // Forgets the steps' numbers. What they are does not matter, and must not fail the run that is timed around.
    try? step.check()
    return time / .seconds(1) / Double(Self.steps)
  }

  private func make() throws -> RepeatedStep {
    // A quarter of the demo's batch: runs of a few seconds are bracketed, too.
    let settings =
      try BenchPreset(named: "demo").settings + [
        "training.global_batch_size=8", "training.micro_batch_size=4", "training.device=\(device)",
      ]
    return try RepeatedStep(RecipeLayers(assignments: settings).resolved())
  }
}
