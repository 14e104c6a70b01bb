import Diagnostics
import DiffusionMath
import Foundation

extension RacePlan {
  /// What will run, what it costs, and what its seeds can find.
  ///
  /// - Parameter observed: the existing runs, possibly of other races.
  public func lines(_ observed: ObservedRace) -> [String] {
    let experiment = self.experiment
    let total = (runs + trials).reduce(0) {
      $0 + Double($1.images) * cost(of: arm($1.arm), in: .referenceSeconds)
    }
    var lines = [
      "\(runs.count) runs and \(trials.count) trials of `\(experiment.tuning.key)`: about "
        + "\(Readable.duration(total)) of training on one machine like this",
      "seeds \(experiment.arms.map { "\(experiment.seeds(of: $0).count)" }.joined(separator: " and ")), "
        + (experiment.isPaired ? "paired" : "not paired")
        + "; budgets in \(experiment.budgets.unit.words):",
    ]
    lines += (0..<experiment.budgets.count).map { index in
      let images = arms.map { arm in
        let run = runs.first { $0.arm == arm.name && $0.budget == index }
        return "\(arm.name) \(Readable.count(run?.images ?? 0)) \(experiment.itemUnit.words)"
      }
      return "  \(index)  \(budgetText(index))  \(images.joined(separator: ", "))"
    }
    lines += arms.map { arm in
      let times = calibration.classes(of: arm.name).map {
        "\($0.name) \(Verdict.precise($0.seconds * 1_000)) ms a step ± \(Verdict.percent($0.relativeError))"
      }
      let input = calibration.inputWords(of: arm.name).map { [$0] } ?? []
      return "\(arm.name): \((times + input).joined(separator: ", ")), "
        + "\(Readable.quantity(arm.flopsPerImage, "FLOP")) an image"
    }
    if let ratio = try? calibration.logRatio(of: arms[0], to: arms[1]) {
      let interval = ratio.interval().exponential
      lines.append(
        "an image of \(arms[1].name) is \(Verdict.precise(exp(ratio.value)))x as fast "
          + "[\(Verdict.precise(interval.low)), \(Verdict.precise(interval.high))]")
    }
    return lines + (observed.power.map(powerLine) ?? powerLines)
  }

  private func budgetText(_ index: Int) -> String {
    switch experiment.budgets.unit {
    case .referenceSeconds, .wallClock: Readable.duration(budget(index))
    case .flops: Readable.quantity(budget(index), "FLOP")
    case .images, .evaluations:
      Readable.count(budget(index)) + " " + experiment.itemUnit.words
    }
  }

  /// What the seeds can find, from the slope and noise of the baseline's runs.
  private func powerLine(_ power: PowerRecord) -> [String] {
    let needed = power.seedsForMargin.map { "\($0)" } ?? "over 1000"
    return [
      "by the runs that are there, the slope at the target is \(Verdict.digits(power.slope)): with these seeds "
        + "\(Verdict.precise(power.detectable))x is found with 80 % probability, and "
        + "\(Verdict.precise(1 + experiment.primary.margin))x takes \(needed) seeds"
    ]
  }

  /// What the seeds can find when only the noise of a distance over retrained seeds is known.
  private var powerLines: [String] {
    let seeds = experiment.arms.map { experiment.seeds(of: $0).count }.min() ?? 0
    let found = [0.5, 0.2, 0.1].compactMap { slope -> String? in
      let power = try? Power(
        coefficientOfVariation: PublishedAudit.metricNoise, slope: slope)
      let detectable = power.flatMap { try? $0.detectableFactor(seeds: seeds) }
      guard let power, let detectable else { return nil }
      let needed =
        power.seeds(forFactor: 1 + experiment.primary.margin).map { "\($0)" } ?? "over 1000"
      return "  slope \(Verdict.digits(slope)): \(Verdict.precise(detectable))x; "
        + "\(Verdict.precise(1 + experiment.primary.margin))x takes \(needed) seeds"
    }
    return [
      "speed-ups found with 80 % probability if retraining moves the metric by "
        + "\(Verdict.percent(PublishedAudit.metricNoise)), by the baseline's slope at the target:"
    ] + found
  }
}
