import Diagnostics
import Foundation

/// The speed-up over a range of targets; it is a single number only if it does not depend on the
/// target.
public struct SpeedupCurve: Equatable, Sendable {
  /// The speed-up at one target.
  public struct Point: Equatable, Sendable {
    /// The target value.
    public let target: Double
    /// `ln S`, with its error.
    public let logSpeedup: MeanEstimate
  }

  /// The points, from the hardest target to the easiest.
  public let points: [Point]
  /// How much `ln S` rises per unit of target, with its error; 0 for a constant ratio.
  public let slope: MeanEstimate

  /// Computes the curve over the targets that every seed of both recipes crosses.
  ///
  /// - Parameters:
  ///   - count: the number of targets, evenly spaced, without the ends of the range.
  ///   - paired: whether curves with the same index share data order and noise.
  /// - Throws: ``PeregrineError`` `.badData` when there is no such target, or there are fewer than
  ///   two seeds.
  public init(
    baseline: [LearningCurve], new: [LearningCurve], paired: Bool, ratioError: Double = 0,
    count: Int = 33
  ) throws {
    let range = try Self.overlap(of: baseline + new)
    let targets = (1...count).map {
      range.lowerBound + Double($0) / Double(count + 1) * (range.upperBound - range.lowerBound)
    }
    func logCosts(_ curves: [LearningCurve]) -> [[Double]] {
      curves.map { curve in
        targets.map {
          guard case .reached(let cost, _) = curve.cost(reaching: $0) else { return .nan }
          return log(cost)
        }
      }
    }
    let (a, b) = (logCosts(baseline), logCosts(new))
    func difference(_ a: [Double], _ b: [Double]) throws -> MeanEstimate {
      try paired ? MeanEstimate(pairs: a, less: b) : MeanEstimate(of: a, less: b)
    }
    points = try targets.indices.map { index in
      Point(
        target: targets[index],
        logSpeedup: try difference(a.map { $0[index] }, b.map { $0[index] })
          .adding(standardError: ratioError))
    }
    func slopes(_ curves: [[Double]]) throws -> [Double] {
      try curves.map { try LinearFit(x: targets, y: $0).slope }
    }
    slope = try difference(slopes(a), slopes(b))
  }

  /// The targets below every curve's first value and above every curve's last.
  public static func overlap(of curves: [LearningCurve]) throws -> ClosedRange<Double> {
    let low = curves.map { $0.values[$0.values.count - 1] }.max() ?? .nan
    let high = curves.map { $0.values[0] }.min() ?? .nan
    guard low < high, low.isFinite, high.isFinite else {
      throw PeregrineError(
        .badData, doing: "looking for targets that every run crosses",
        found: "last values up to \(low), first values down to \(high)",
        expected: "a target below all first values and above all last ones",
        advice: "Choose budgets whose ranges of quality overlap.")
    }
    return low...high
  }

  /// The mean of `ln S` over the targets.
  public var meanLogSpeedup: Double {
    points.reduce(0) { $0 + $1.logSpeedup.value } / Double(points.count)
  }

  /// The largest speed-up divided by the smallest.
  public var spread: Double {
    let values = points.map(\.logSpeedup.value)
    return exp((values.max() ?? 0) - (values.min() ?? 0))
  }

  /// Whether a single number would mislead: the spread is above `limit` and a constant ratio is
  /// rejected.
  public func dependsOnTarget(limit: Double = 1.25, level: Double = 0.05) -> Bool {
    spread > limit && slope.pValue < level
  }
}
