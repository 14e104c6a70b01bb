import Bench
import Diagnostics
import Race
import Recipes
import Runs
import Sampling
import Tensors

/// One of two samplers that draw from the same weights.
struct SamplerArm {
  private let trained: TrainedRun
  private let layers: RecipeLayers
  private let recipe: Recipe
  private let sampler: Sampler

  /// Pictures of a turn while steps are timed.
  private static let pictures = 32

  /// - Parameter layers: the run's recipe with the sampler's settings, those of `evaluation`.
  init(_ race: RaceRecipe, _ layers: RecipeLayers) throws {
    guard let run = race.run else { preconditionFailure("a sampler without weights") }
    recipe = try layers.resolved()
    trained = try TrainedRun(run, device: Device(named: recipe.training.device))
    self.layers = layers
    sampler = try recipe.makeScoredDrawing().sampler
  }

  /// What it costs: evaluations of a step, and the arithmetic of one.
  func plan(name: String, _ experiment: Experiment) throws -> ArmPlan {
    let passes = recipe.evaluation.sampler.guidance == 1 ? 1.0 : 2
    return ArmPlan(
      name: name, values: layers.entries.mapValues(\.value),
      batch: sampler.solver == .heun ? 2 : 1, spare: sampler.solver == .heun ? 1 : 0,
      classes: [
        ArmPlan.StepClass(
          name: "drawing", share: 1, flops: ["model": passes * trained.forwardFLOPs])
      ], needs: [])
  }

  /// Draws the same pictures over and over, with the evaluations of the middle budget.
  func contender(_ arm: ArmPlan, _ experiment: Experiment) -> any Contender {
    var sampler = sampler
    let middle = experiment.budgets.shares[experiment.budgets.count / 2]
    let evaluations = Double(experiment.budgets.baselineImages) * middle
    let steps = max(1, Int(((evaluations + Double(arm.spare ?? 0)) / Double(arm.batch)).rounded()))
    sampler.steps = steps
    return DrawingContender(
      name: arm.name, trained: trained, sampler: sampler, pictures: Self.pictures,
      stepsOfPictures: Double(steps * arm.batch - (arm.spare ?? 0)) / Double(arm.batch)
        * Double(Self.pictures))
  }
}

/// Draws pictures, without decoding them, and tells how long a step of one picture takes.
private final class DrawingContender: Contender {
  let name: String
  private let trained: TrainedRun
  private let sampler: Sampler
  private let pictures: Int
  private let stepsOfPictures: Double

  init(
    name: String, trained: TrainedRun, sampler: Sampler, pictures: Int, stepsOfPictures: Double
  ) {
    (self.name, self.trained, self.sampler) = (name, trained, sampler)
    (self.pictures, self.stepsOfPictures) = (pictures, stepsOfPictures)
  }

  var peakMemoryBytes: Int? { nil }
  func forgetPeakMemory() {}

  func measure(_ count: Int) throws -> [Double] {
    let clock = ContinuousClock()
    return try (0..<count).map { _ in
      try clock.measure {
        try trained.sampling.drawItems(pictures, sampler: sampler)
      } / .seconds(1) / stepsOfPictures
    }
  }
}
