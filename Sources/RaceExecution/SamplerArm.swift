import Bench
import Diagnostics
import Race
import Recipes
import Runs
import Sampling
import Tensors

/// One of two samplers that use the same weights.
struct SamplerArm {
  private let trained: TrainedRun
  private let layers: RecipeLayers
  private let recipe: Recipe
  private let sampler: FlowSampler

  /// The number of pictures per turn while steps are timed.
  private static let pictures = 32

  /// - Parameter layers: the run's recipe with the sampler's settings in `evaluation`.
  init(_ race: RaceRecipe, _ layers: RecipeLayers) throws {
    guard let run = race.run else { preconditionFailure("a sampler without weights") }
    recipe = try layers.resolved()
    trained = try TrainedRun(run, device: Device(named: recipe.training.device))
    self.layers = layers
    let drawing = try recipe.makeScoredDrawing()
    guard drawing.settings.accelerate == .none else {
      throw PeregrineError(
        .usage, doing: "planning a race of samplers",
        found: "`evaluation.sampler.accelerate: \(drawing.settings.accelerate.rawValue)`",
        expected: "`none`: budgets are whole evaluations of the network")
    }
    sampler = drawing.sampler
  }

  /// Its cost: the evaluations per step, and the FLOPs of one evaluation.
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

  /// Samples the same pictures repeatedly, with the number of evaluations of the middle budget.
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

/// Samples pictures without decoding them, and reports the time of a step for one picture.
private final class DrawingContender: Contender {
  let name: String
  private let trained: TrainedRun
  private let sampler: FlowSampler
  private let pictures: Int
  private let stepsOfPictures: Double

  init(
    name: String, trained: TrainedRun, sampler: FlowSampler, pictures: Int, stepsOfPictures: Double
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
        try trained.sampling.drawItems(pictures, by: sampler)
      } / .seconds(1) / stepsOfPictures
    }
  }
}
