import Diagnostics
import Foundation

/// A race frozen before any of its runs: `plan.json` in its folder.
public struct RacePlan: Codable, Equatable, Sendable {
  /// The claim's name.
  public var claim: String
  /// The hash of the claim's file.
  public var claimSha256: String
  /// The experiment.
  public var experiment: Experiment
  /// The baseline and the new recipe, as resolved.
  public var arms: [ArmPlan]
  /// Step times on the reference machine.
  public var calibration: StepCalibration

  /// Creates a plan.
  ///
  /// - Throws: ``PeregrineError`` `.usage` when whole batches cannot meet a budget to 1 %, or when
  ///   a weight average would be shorter than a step.
  public init(
    claim: String, claimSha256: String, experiment: Experiment, arms: [ArmPlan],
    calibration: StepCalibration
  ) throws {
    (self.claim, self.claimSha256) = (claim, claimSha256)
    (self.experiment, self.arms, self.calibration) = (experiment, arms, calibration)
    do {
      try check()
    } catch {
      throw PeregrineError(
        .usage, doing: "planning the race `\(claim)`", found: error.description, cause: error)
    }
    for run in runs where !isMet(by: run) {
      throw PeregrineError(
        .usage, doing: "planning the race `\(claim)`",
        found: "\(run.images) \(experiment.itemUnit.words) of \(run.arm) for budget \(run.budget), "
          + "in steps of \(arm(run.arm).batch)",
        expected: experiment.sampling == nil
          ? "budgets that whole batches meet to 1 %, and averages longer than a step"
          : "another number of steps for each budget",
        advice: "Raise `race.budgets.baseline_images`, or lower the batch.")
    }
  }

  /// Whether a run meets its budget in whole steps. A sampler has few steps, which only need to
  /// differ between budgets.
  private func isMet(by run: PlannedRun) -> Bool {
    let arm = self.arm(run.arm)
    guard let schedule = experiment.schedule else {
      return run.budget == 0 || images(of: arm, budget: run.budget - 1) < run.images
    }
    let spent = Double(run.images) * cost(of: arm, in: experiment.budgets.unit)
    return abs(spent / budget(run.budget) - 1) <= Self.slack
      && schedule.average * Double(run.images) > Double(arm.batch)
  }

  /// The largest relative difference between a run's cost and its budget.
  public static let slack = 0.01

  /// A recipe by its name.
  public func arm(_ name: String) -> ArmPlan {
    guard let arm = arms.first(where: { $0.name == name }) else {
      preconditionFailure("a run of no recipe of its race")
    }
    return arm
  }

  /// A budget by its index, in the unit of budgets.
  public func budget(_ index: Int) -> Double {
    experiment.budgets.shares[index] * Double(experiment.budgets.baselineImages)
      * cost(of: arms[0], in: experiment.budgets.unit)
  }

  /// The cost of an image, in any unit except wall-clock time, which is measured in each run.
  public func cost(of arm: ArmPlan, in unit: CostUnit) -> Double {
    switch unit {
    case .referenceSeconds, .wallClock: calibration.secondsPerImage(of: arm)
    case .flops: arm.flopsPerImage
    case .images, .evaluations: 1
    }
  }

  /// All runs, seed by seed, so that finished ones can be compared at any time.
  public var runs: [PlannedRun] {
    let counts = experiment.arms.map { experiment.seeds(of: $0).count }
    return (0..<(counts.max() ?? 0)).flatMap { place in
      (0..<experiment.budgets.count).flatMap { budget in
        experiment.arms.compactMap { arm in
          let seeds = experiment.seeds(of: arm)
          return place < seeds.count
            ? PlannedRun(
              arm: arm.name, budget: budget, seed: seeds[place],
              images: images(of: self.arm(arm.name), budget: budget), value: nil) : nil
        }
      }
    }
  }

  /// The trials that choose the learning rate, or another tuned key.
  public var trials: [PlannedRun] {
    let tuning = experiment.tuning
    return experiment.arms.flatMap { arm in
      tuning.values.map { value in
        PlannedRun(
          arm: arm.name, budget: tuning.budget, seed: tuning.seed,
          images: images(of: self.arm(arm.name), budget: tuning.budget), value: value)
      }
    }
  }

  /// The number of images or evaluations for a budget, in whole steps.
  private func images(of arm: ArmPlan, budget: Int) -> Int {
    let images = self.budget(budget) / cost(of: arm, in: experiment.budgets.unit)
    let spare = arm.spare ?? 0
    let steps = ((images + Double(spare)) / Double(arm.batch)).rounded()
    // A plan whose numbers give no count of images is refused when it is checked.
    guard steps * Double(arm.batch) < Double(Bounds.images.range.upperBound) else { return .max }
    return max(1, Int(steps)) * arm.batch - spare
  }
}

/// A run of a race.
public struct PlannedRun: Codable, Hashable, Sendable {
  /// The recipe's name.
  public var arm: String
  /// The budget, counted from 0.
  public var budget: Int
  /// The training seed.
  public var seed: UInt64
  /// Its length, in images or evaluations.
  public var images: Int
  /// The value of the tuned key, for a trial; if missing, the value that the tuning chose.
  public var value: Double?
}
