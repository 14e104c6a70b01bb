import Diagnostics
import Foundation

/// The quality that one seed of a recipe reached at each budget it finished; lower is better.
///
/// - Units: cost in any unit, above 0 and rising. Values are logarithms where ratios matter, as for
///   Fréchet distances, or raw, as for losses. A failed run has the value infinity.
public struct LearningCurve: Equatable, Sendable {
  /// The cost of each finished budget.
  public let costs: [Double]
  /// The quality at each budget.
  public let values: [Double]

  /// A curve.
  ///
  /// - Throws: ``PeregrineError`` `.badData` for fewer than two points, costs that do not rise from
  ///   above 0, or a value that is not a number.
  public init(costs: [Double], values: [Double]) throws {
    let rises = zip(costs, costs.dropFirst()).allSatisfy { $0 < $1 }
    guard costs.count == values.count, costs.count > 1, costs[0] > 0, rises,
      costs.allSatisfy(\.isFinite), !values.contains(where: { $0.isNaN || $0 == -.infinity })
    else {
      throw PeregrineError(
        .badData, doing: "reading a learning curve",
        found: "costs \(costs) and values \(values)",
        expected:
          "two points at least, with costs that rise from above 0 and no value that is not a number"
      )
    }
    (self.costs, self.values) = (costs, values)
  }

  /// The mean of several curves over the same costs.
  ///
  /// - Throws: ``PeregrineError`` `.badData` when there is none, or their costs differ.
  public init(meanOf curves: [LearningCurve]) throws {
    guard let first = curves.first, curves.allSatisfy({ $0.costs == first.costs }) else {
      throw PeregrineError(
        .badData, doing: "averaging learning curves",
        found: curves.isEmpty ? "no curve" : "curves over different costs",
        expected: "curves over the same budgets")
    }
    let values = first.costs.indices.map { index in
      curves.reduce(0) { $0 + $1.values[index] } / Double(curves.count)
    }
    try self.init(costs: first.costs, values: values)
  }

  /// The cost of reaching a target.
  ///
  /// Between two finished budgets the value is interpolated linearly in the logarithm of cost. Only
  /// the last crossing counts: after it the curve stays at the target or below.
  public func cost(reaching target: Double) -> CostToQuality {
    let crossings = values.indices.dropLast().filter {
      values[$0] > target && values[$0 + 1] <= target
    }
    guard values[values.count - 1] <= target else {
      return .notReached(spent: costs[costs.count - 1])
    }
    guard let last = crossings.last else { return .reachedAtOnce(spent: costs[0]) }
    let share =
      values[last].isFinite
      ? (values[last] - target) / (values[last] - values[last + 1]) : 1
    let logCost = log(costs[last]) + share * log(costs[last + 1] / costs[last])
    return .reached(
      cost: exp(logCost), isUnstable: crossings.count > 1 || values[0] <= target)
  }

  /// How fast the value falls at a target: `−dy / d ln C` of the last segment that crosses it; nil
  /// if none does.
  public func slope(at target: Double) -> Double? {
    let crossing = values.indices.dropLast().last {
      values[$0] > target && values[$0 + 1] <= target
    }
    return crossing.map {
      (values[$0] - values[$0 + 1]) / log(costs[$0 + 1] / costs[$0])
    }
  }

  /// The value at a cost within the curve's range, linear in the logarithm of cost.
  public func value(at cost: Double) -> Double? {
    guard cost >= costs[0], let after = costs.firstIndex(where: { $0 >= cost }) else { return nil }
    guard after > 0, costs[after] > cost else { return values[after] }
    let share = log(cost / costs[after - 1]) / log(costs[after] / costs[after - 1])
    return values[after - 1] + share * (values[after] - values[after - 1])
  }
}

/// The cost for one seed to reach a target.
public enum CostToQuality: Equatable, Sendable {
  /// The target was reached and the curve stayed below it; unstable if it had also been crossed
  /// before.
  case reached(cost: Double, isUnstable: Bool)
  /// The target was not reached with everything that was spent.
  case notReached(spent: Double)
  /// The first budget already reached it, so the cost is at most this.
  case reachedAtOnce(spent: Double)
}
