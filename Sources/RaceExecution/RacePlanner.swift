import Bench
import Diagnostics
import Encoding
import FileAccess
import Foundation
import Race
import Recipes
import Runs
import Telemetry
import Tensors
import Training

/// Plans the race of a claim: resolves both recipes, counts their FLOPs, and times their steps.
public struct RacePlanner {
  private let claim: Claim
  private let claimSha256: String
  private let experiment: Experiment
  private let recipe: RaceRecipe

  /// Creates a planner.
  ///
  /// - Parameters:
  ///   - text: the text of the claim's file.
  ///   - recipe: the file of the race's recipe.
  /// - Throws: ``PeregrineError`` `.usage` for a claim without a race.
  public init(_ claim: Claim, text: String, recipe: (String) throws -> URL) throws {
    guard let experiment = claim.race else {
      throw PeregrineError(
        .usage, doing: "planning the race of `\(claim.name)`", found: "a claim without `race`",
        advice: "Its published figures can be audited: `peregrine race judge \(claim.name)`.")
    }
    (self.claim, self.experiment) = (claim, experiment)
    claimSha256 = sha256(of: Data(text.utf8))
    self.recipe = try RaceRecipe(experiment, recipe: recipe)
  }

  /// The events while a plan is made.
  public typealias Progress = (InterleavedRun.Event) -> Void

  /// Resolves the recipes, measures, and writes the plan.
  ///
  /// - Parameters:
  ///   - tool: our executable, which times steps in separate processes.
  ///   - scratch: the folder for descriptions and messages of these processes.
  /// - Throws: ``PeregrineError`` for a recipe that cannot be resolved or a budget that cannot be
  ///   met, and `.unavailable` when step times are too uncertain for a judgement.
  public func plan(
    tool: URL, scratch: URL, environment: EnvironmentRecord, onEvent: @escaping Progress
  ) throws -> RacePlan {
    let arms = try experiment.arms.map(resolve)
    try checkScoring()
    var environment = environment
    environment.device = try recipe.device(experiment)
    let calibration = try StepTiming(
      experiment: experiment, recipe: recipe, arms: arms, tool: tool, scratch: scratch,
      onEvent: onEvent, refusal: refusal
    ).calibration(environment)
    let rules = experiment.calibration ?? CalibrationRules()
    if let problem = calibration.problems(of: arms, rules).first {
      throw refusal(problem)
    }
    return try RacePlan(
      claim: claim.name, claimSha256: claimSha256, experiment: experiment, arms: arms,
      calibration: calibration)
  }

  private func refusal(_ problem: String) -> PeregrineError {
    PeregrineError(
      .unavailable, doing: "timing the steps of `\(claim.name)`", found: problem,
      expected: "step times that a race can be judged by",
      advice: "Leave the machine alone and plan again; nothing was written. Where it cannot be "
        + "had quieter, `race.calibration` says what is allowed.")
  }

  // MARK: Recipes

  private func resolve(_ arm: Experiment.Arm) throws -> ArmPlan {
    let layers = try recipe.layers(experiment.settings + arm.settings)
    let recipe = try layers.resolved()
    // An unknown key or a value out of range is reported before anything runs.
    for value in experiment.tuning.values {
      _ = try self.recipe.layers(
        experiment.settings + arm.settings + ["\(experiment.tuning.key)=\(value)"]
      ).resolved()
    }
    if experiment.sampling != nil {
      return try SamplerArm(self.recipe, layers).plan(name: arm.name, experiment)
    }
    let step = try RepeatedStep(recipe)
    return ArmPlan(
      name: arm.name, values: layers.entries.mapValues(\.value),
      batch: recipe.training.globalBatchSize,
      classes: try classes(of: arm, recipe, step.flopsByAccount), needs: needs(recipe, step.data))
  }

  /// Opens the reference and the feature network, and checks that the number of pictures is
  /// sufficient, so that a race does not fail at its first score.
  private func checkScoring() throws {
    guard let scores = experiment.scores else { return }
    let scored = try recipe.layers(
      experiment.settings + scores.settings + ["schedule.evaluate_every_images=1"]
    ).resolved()
    let scoring = try scored.makeRunEvaluator(device: Device(named: scored.training.device))
    try scoring?.evaluator.check(count: scoring?.count ?? 0)
  }

  /// A teacher that is stopped early gives two classes of steps.
  private func classes(
    of arm: Experiment.Arm, _ recipe: Recipe, _ flops: [String: Double]
  ) throws -> [ArmPlan.StepClass] {
    guard let share = stopShare(of: arm), recipe.classToken.weight == 0 else {
      return [ArmPlan.StepClass(name: "training", share: 1, flops: flops)]
    }
    return [
      ArmPlan.StepClass(name: "with teacher", share: share, flops: flops),
      ArmPlan.StepClass(
        name: ArmPlan.StepClass.withoutTeacher, share: 1 - share,
        flops: flops.filter { $0.key == "model" }),
    ]
  }

  private func stopShare(of arm: Experiment.Arm) -> Double? { arm.shares?["alignment.stop_images"] }

  /// The costs that the claim must declare.
  private func needs(_ recipe: Recipe, _ data: DataDescription) -> [String] {
    var needs: [String] = []
    if data.latents != nil { needs.append("latents") }
    if data.teacher != nil { needs.append("teacher") }
    if data.teacher != nil, data.featureCost != nil { needs.append("features") }
    if !recipe.model.startFrom.isEmpty { needs.append("borrowed weights") }
    return needs
  }
}
