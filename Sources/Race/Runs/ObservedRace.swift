import DiffusionMath
import Foundation

/// A plan with the observed results of its runs.
public struct ObservedRace: Sendable {
  /// The plan.
  public let plan: RacePlan
  /// The trials of the hyperparameter tuning.
  public let trials: [RunObservation]
  /// The runs; empty before the tuning is done.
  public let runs: [RunObservation]

  /// Reads all runs of a plan.
  public init(_ plan: RacePlan, in folder: RaceFolder) throws {
    func read(_ run: PlannedRun, value: Double) throws -> RunObservation {
      try RunObservation(
        run, in: folder.run(plan.folderName(of: run, value: value)),
        scores: plan.experiment.scoresKey)
    }
    let trials = try plan.trials.map { try read($0, value: $0.value ?? .nan) }
    runs = try plan.runs.compactMap { run in
      try Self.best(of: run.arm, trials, plan.experiment).map {
        try read(run, value: $0.run.value ?? .nan)
      }
    }
    self.plan = plan
    self.trials = trials
  }

  /// Creates a race from given observations.
  public init(_ plan: RacePlan, trials: [RunObservation], runs: [RunObservation]) {
    (self.plan, self.trials, self.runs) = (plan, trials, runs)
  }

  /// The value of the tuned key in a recipe's best trial by the primary metric; `nil` while any
  /// trial is unfinished, or if all failed.
  public func chosen(_ arm: String) -> Double? {
    Self.best(of: arm, trials, plan.experiment)?.run.value
  }

  private static func best(
    of arm: String, _ trials: [RunObservation], _ experiment: Experiment
  ) -> RunObservation? {
    let own = trials.filter { $0.run.arm == arm }
    let values = own.map { experiment.primaryValue(of: $0) }
    guard !values.contains(nil) else { return nil }
    return zip(own, values).filter { $1?.isFinite == true }
      .min { $0.1 ?? .infinity < $1.1 ?? .infinity }?.0
  }

  /// The target value: that of the claim, or the one that the best trials of both recipes reached.
  /// Trials all cost the same, are not runs of the race, and end before its largest budget.
  public var target: Double? {
    if let target = plan.experiment.primary.target { return target }
    let reached = plan.experiment.arms.map { arm in
      Self.best(of: arm.name, trials, plan.experiment)
        .flatMap { plan.experiment.primaryValue(of: $0) }
    }
    return reached.contains(nil) ? nil : reached.compactMap { $0 }.max()
  }

  /// The runs of a recipe by seed, each sorted by budget.
  public func seeds(of arm: String) -> [(seed: UInt64, runs: [RunObservation])] {
    let planned = plan.experiment.arms.first { $0.name == arm }.map(plan.experiment.seeds) ?? []
    return planned.map { seed in
      (
        seed,
        runs.filter { $0.run.arm == arm && $0.run.seed == seed }
          .sorted { $0.run.budget < $1.run.budget }
      )
    }
  }

  /// The seconds of a recipe's runs at the largest budget per account, by the runs' own clocks,
  /// averaged over seeds. Only `training` counts as cost.
  public func accounts(of arm: String) -> [(account: String, seconds: Double)] {
    let last = plan.experiment.budgets.count - 1
    let clocks = runs.filter { $0.run.arm == arm && $0.run.budget == last }
      .map(\.accounts).filter { !$0.isEmpty }
    return Set(clocks.flatMap(\.keys)).sorted().map { account in
      (account, clocks.reduce(0) { $0 + ($1[account] ?? 0) } / Double(clocks.count))
    }
  }

  /// The cost of a run.
  public func cost(of run: RunObservation, in unit: CostUnit) -> Double {
    let images = Double(run.run.images)
    let predicted = images * plan.cost(of: plan.arm(run.run.arm), in: unit)
    return unit == .wallClock ? run.trainSeconds ?? predicted : predicted
  }

  /// The ratio of a run's training time by its own clock to the time predicted from its steps;
  /// `nil` without a clock.
  public func closure(of run: RunObservation) -> Double? {
    run.trainSeconds.map { $0 / cost(of: run, in: .referenceSeconds) }
  }

  /// A metric of a run.
  public func value(of run: RunObservation, _ metric: String, guidance: Double) -> Double? {
    run.value(
      of: metric, guidance: guidance, seeds: plan.experiment.generationSeeds(of: run.run))
  }

  /// The learning curve of each seed of a recipe: the primary metric, on its scale, over cost.
  public func curves(of arm: String, in unit: CostUnit) throws -> [LearningCurve] {
    let primary = plan.experiment.primary
    return try seeds(of: arm).map { _, runs in
      try LearningCurve(
        costs: runs.map { cost(of: $0, in: unit) },
        values: runs.map {
          RaceMetric.scale(
            value(of: $0, primary.metric, guidance: primary.guidance) ?? .nan, primary.metric)
        })
    }
  }
}

extension Experiment {
  /// The primary metric of a run or trial; `nil` while it is unknown, infinity if the run failed.
  public func primaryValue(of run: RunObservation) -> Double? {
    run.state == .unfinished
      ? nil
      : run.value(
        of: primary.metric, guidance: primary.guidance, seeds: generationSeeds(of: run.run))
  }
}
