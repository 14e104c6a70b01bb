import Bench
import Diagnostics
import FileAccess
import Foundation
import Race
import Recipes
import Telemetry
import Tensors
import Training

/// Times the steps of both recipes of a race in interleaved turns, each recipe in its own process.
struct StepTiming {
  let experiment: Experiment
  let recipe: RaceRecipe
  let arms: [ArmPlan]
  /// Our executable.
  let tool: URL
  /// The folder for descriptions and messages of these processes.
  let scratch: URL
  let onEvent: RacePlanner.Progress
  /// The error of a machine whose step times are too uncertain, with the reason in words.
  let refusal: (String) -> PeregrineError

  private var rules: CalibrationRules { experiment.calibration ?? CalibrationRules() }

  /// A class of steps with its recipe.
  private struct Timed {
    let arm: ArmPlan
    let part: ArmPlan.StepClass
  }

  /// All measured times of a plan.
  func calibration(_ environment: EnvironmentRecord) throws -> StepCalibration {
    guard experiment.sampling == nil else {
      let contenders = try arms.map {
        try SamplerArm(recipe, recipe.layers($0.assignments)).contender($0, experiment)
      }
      return StepCalibration(
        classes: try times(contenders, warmUpTurns: 1), fixedWork: [], inputRatios: nil,
        environment: environment)
    }
    let work = try FixedWork(device: recipe.device(experiment))
    var fixedWork: [Double] = []
    let contenders = try timed.map { try contender($0, .trainOnData) }
    // 50 warm-up steps.
    let classes = try times(contenders, warmUpTurns: 25) {
      fixedWork.append(try work.seconds())
    }
    return StepCalibration(
      classes: classes, fixedWork: fixedWork, inputRatios: try inputRatios(contenders),
      environment: environment)
  }

  private var timed: [Timed] {
    arms.flatMap { arm in arm.classes.map { Timed(arm: arm, part: $0) } }
  }

  private func times(
    _ contenders: [any Contender], warmUpTurns: Int, betweenRounds: () throws -> Void = {}
  ) throws -> [StepTimes] {
    var run = InterleavedRun()
    (run.rounds, run.turnSteps) = (rules.blocks / 2, rules.steps)
    run.warmUpTurns = warmUpTurns
    let timings = try run.measure(
      contenders,
      betweenRounds: { timings in
        try betweenRounds()
        // Minutes of timing that cannot end well are not begun.
        let problem = stepTimes(timings).lazy.compactMap { $0.certainProblem(rules) }.first
        if let problem { throw refusal(problem) }
      }, onEvent: onEvent)
    return stepTimes(timings)
  }

  private func stepTimes(_ timings: [Timing]) -> [StepTimes] {
    zip(timed, timings).map { item, timing in
      StepTimes(
        arm: item.arm.name, name: item.part.name,
        blocks: timing.turns.map { $0.seconds.reduce(0, +) / Double($0.seconds.count) })
    }
  }

  /// How much loading data slows down the first class of each recipe, as a ratio of step times.
  private func inputRatios(_ contenders: [any Contender]) throws -> [String: Double] {
    var run = InterleavedRun()
    (run.rounds, run.turnSteps, run.warmUpTurns) = (2, max(1, rules.steps / 4), 2)
    var ratios: [String: Double] = [:]
    for (item, loading) in zip(timed, contenders) where ratios[item.arm.name] == nil {
      let timings = try run.measure(
        [loading, contender(item, .train)], onEvent: onEvent)
      ratios[item.arm.name] = timings[0].secondsPerStep / timings[1].secondsPerStep
    }
    return ratios
  }

  private func contender(_ item: Timed, _ work: RepeatedStep.Work) throws -> any Contender {
    let settings =
      item.arm.assignments
      + (item.part.name == ArmPlan.StepClass.withoutTeacher ? ["alignment.weight=0"] : [])
    let recipe = try RecipeLayers(assignments: settings).resolved()
    let threads = recipe.training.threads == 0 ? Runtime.threadCount : recipe.training.threads
    let description = ContenderDescription(
      recipe, work: work, settings: settings, threads: threads, engine: Runtime.engine)
    let name =
      "\(item.arm.name) (\(work == .train ? "\(item.part.name), one batch" : item.part.name))"
    let file = scratch.appendingPathComponent("\(UUID().uuidString).json")
    try AtomicFile.write(JSONEncoder().encode(description), to: file)
    return try ContenderProcess(
      name: name, command: [tool.path, "bench", "contender", file.path],
      log: file.deletingPathExtension().appendingPathExtension("log"))
  }
}
