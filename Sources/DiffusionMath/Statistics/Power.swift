import Diagnostics
import Foundation

/// The statistical power of a comparison of two recipes with a given number of seeds each.
///
/// - Source: the exact power of Student's test of two independent groups, from the noncentral t
///   distribution.
public struct Power: Equatable, Sendable {
  /// The standard deviation of the logarithm of cost over seeds.
  public let deviation: Double
  /// The two-sided probability of finding a difference where there is none.
  public let level: Double
  /// The probability of finding a difference that exists.
  public let goal: Double

  /// A plan.
  ///
  /// - Throws: ``PeregrineError`` `.usage` unless the deviation is above 0 and both probabilities
  ///   lie between 0 and 1.
  public init(deviation: Double, level: Double = 0.05, goal: Double = 0.8) throws {
    guard deviation > 0, deviation.isFinite, level > 0, level < 1, goal > level, goal < 1 else {
      throw PeregrineError(
        .usage, doing: "planning the number of seeds",
        found: "deviation \(deviation), level \(level), power \(goal)",
        expected: "a deviation above 0, and 0 < level < power < 1")
    }
    (self.deviation, self.level, self.goal) = (deviation, level, goal)
  }

  /// A plan for time to quality: the metric's noise is converted to noise of time by the slope of
  /// the learning curve.
  ///
  /// - Parameters:
  ///   - coefficientOfVariation: standard deviation of the metric over seeds, relative to its mean.
  ///   - slope: `β = −d ln M / d ln C` at the target, above 0.
  /// - Throws: as the other initialiser.
  public init(
    coefficientOfVariation: Double, slope: Double, level: Double = 0.05, goal: Double = 0.8
  ) throws {
    try self.init(deviation: coefficientOfVariation / slope, level: level, goal: goal)
  }

  /// The probability of finding a difference of `effect` in the mean logarithm with `seeds` in each
  /// arm.
  public func probability(effect: Double, seeds: Int) -> Double {
    guard seeds > 1 else { return 0 }
    let degrees = Double(2 * seeds - 2)
    let critical = -StudentDistribution(degrees: degrees).quantile(level / 2)
    let shift = abs(effect) / (deviation * (2 / Double(seeds)).squareRoot())
    let statistic = NoncentralStudentDistribution(degrees: degrees, shift: shift)
    return 1 - statistic.cumulative(critical) + statistic.cumulative(-critical)
  }

  /// The number of seeds in each arm needed to find a speed-up of `factor` with the wanted power;
  /// nil above `limit`.
  public func seeds(forFactor factor: Double, limit: Int = 1_000) -> Int? {
    let effect = log(factor)
    guard effect != 0, probability(effect: effect, seeds: limit) >= goal else { return nil }
    var (low, high) = (1, limit)
    while high - low > 1 {
      let middle = (low + high) / 2
      if probability(effect: effect, seeds: middle) >= goal { high = middle } else { low = middle }
    }
    return high
  }

  /// The smallest speed-up that `seeds` in each arm can find with the wanted power.
  ///
  /// - Throws: ``PeregrineError`` `.usage` for fewer than two seeds.
  public func detectableFactor(seeds: Int) throws -> Double {
    guard seeds > 1 else {
      throw PeregrineError(
        .usage, doing: "planning the number of seeds", found: "\(seeds)", expected: "two at least")
    }
    return exp(root(of: goal, from: 0) { $0 > 0 ? probability(effect: $0, seeds: seeds) : 0 })
  }
}
