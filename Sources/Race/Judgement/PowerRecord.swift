import DiffusionMath
import Foundation

/// What can be found with this number of seeds.
public struct PowerRecord: Codable, Equatable, Sendable {
  /// The baseline's slope at the target: relative improvement per relative cost.
  public var slope: Double
  /// The standard deviation of the logarithm of cost over seeds.
  public var deviation: Double
  /// The smallest speed-up found with 80 % probability.
  public var detectable: Double
  /// The number of seeds of each recipe needed to find the margin; missing above a thousand.
  public var seedsForMargin: Int?
}

extension ObservedRace {
  /// What these seeds can find, from the slope and the noise of the finished runs.
  ///
  /// - Returns: nil before the baseline's runs are finished, or if the slope or the noise of cost
  ///   cannot be determined.
  public var power: PowerRecord? {
    let primary = plan.experiment.primary
    guard let target else { return nil }
    let scaledTarget = RaceMetric.scale(target, primary.metric)
    let curves = plan.experiment.arms.map { try? self.curves(of: $0.name, in: primary.unit) }
    guard let baseline = curves[0], let mean = try? LearningCurve(meanOf: baseline),
      let fall = mean.slope(at: scaledTarget)
    else { return nil }
    let variances = curves.compactMap { arm in
      let costs = (arm ?? []).compactMap { curve -> Double? in
        guard case .reached(let cost, _) = curve.cost(reaching: scaledTarget) else { return nil }
        return log(cost)
      }
      return costs.count > 1 ? (try? SampleSummary(costs))?.variance : nil
    }
    let seeds = plan.experiment.arms.map { plan.experiment.seeds(of: $0).count }.min() ?? 0
    guard !variances.isEmpty,
      let power = try? Power(
        deviation: (variances.reduce(0, +) / Double(variances.count)).squareRoot()),
      let detectable = try? power.detectableFactor(seeds: seeds)
    else { return nil }
    return PowerRecord(
      slope: RaceMetric.isDistance(primary.metric) ? fall : fall / target,
      deviation: power.deviation, detectable: detectable,
      seedsForMargin: power.seeds(forFactor: 1 + primary.margin))
  }
}
