import Diagnostics
import Foundation

/// How many times cheaper one recipe reaches a target than another recipe.
///
/// `ln S = mean ln T of the baseline − mean ln T of the new recipe`, so `S` is a geometric mean
/// over seeds. Above 1 the new recipe is cheaper.
public enum Speedup: Equatable, Sendable {
  /// Every seed, or nearly every one, reached the target: `ln S` with its error, and how it was
  /// estimated.
  case measured(MeanEstimate, Method)
  /// No seed of the baseline reached it: `ln S` is at least `bound`, with a one-sided limit.
  case atLeast(bound: Double, limit: ConfidenceInterval)
  /// No seed of the new recipe reached it: `ln S` is at most `bound`, with a one-sided limit.
  case atMost(bound: Double, limit: ConfidenceInterval)

  /// How `ln S` was estimated.
  public enum Method: String, Codable, Sendable {
    /// Student's t on the differences of pairs with the same seed.
    case paired = "paired t"
    /// Welch's t on two independent groups.
    case welch = "Welch t"
    /// Lognormal likelihood with runs that did not reach the target.
    case censored = "censored lognormal likelihood"
  }

  /// The reason why there is no number.
  public enum Refusal: Error, Equatable, Sendable {
    /// A recipe has fewer than two seeds, so no error can be given.
    case tooFewSeeds
    /// A seed had already reached the target at its first budget.
    case reachedAtOnce
    /// More than half of a recipe's seeds, but not all, missed the target, or all seeds of both
    /// recipes did.
    case mostlyNotReached
  }

  /// Estimates `ln S` from the cost of each seed.
  ///
  /// - Parameters:
  ///   - paired: whether `baseline[i]` and `new[i]` share data order and noise.
  ///   - ratioError: the standard error of the logarithm of the ratio of step times.
  ///   - confidence: the confidence of one-sided limits.
  /// - Throws: ``Refusal``.
  public init(
    baseline: [CostToQuality], new: [CostToQuality], paired: Bool, ratioError: Double = 0,
    confidence: Double = 0.95
  ) throws {
    let (baseline, new) = (try Arm(baseline), try Arm(new))
    switch (baseline.missedAll, new.missedAll) {
    case (true, true): throw Refusal.mostlyNotReached
    case (true, false):
      let known = try new.estimate().adding(standardError: ratioError)
      let spent = log(baseline.missed.min() ?? .nan)
      self = .atLeast(
        bound: spent - known.value,
        limit: ConfidenceInterval(
          low: spent - known.upperBound(confidence: confidence).high, high: .infinity,
          confidence: confidence))
    case (false, true):
      let known = try baseline.estimate().adding(standardError: ratioError)
      let spent = log(new.missed.min() ?? .nan)
      self = .atMost(
        bound: known.value - spent,
        limit: ConfidenceInterval(
          low: -.infinity, high: known.upperBound(confidence: confidence).high - spent,
          confidence: confidence))
    case (false, false):
      let (difference, method) = try Self.difference(baseline, new, paired: paired)
      self = .measured(difference.adding(standardError: ratioError), method)
    }
  }

  private static func difference(_ baseline: Arm, _ new: Arm, paired: Bool) throws
    -> (MeanEstimate, Method)
  {
    guard baseline.missed.isEmpty, new.missed.isEmpty else {
      let (a, b) = (try baseline.estimate(), try new.estimate())
      return (a.subtracting(b), .censored)
    }
    let (a, b) = (baseline.reached.map { log($0) }, new.reached.map { log($0) })
    return paired
      ? (try MeanEstimate(pairs: a, less: b), .paired)
      : (try MeanEstimate(of: a, less: b), .welch)
  }
}

/// One recipe's seeds: those that reached the target and those that did not.
private struct Arm {
  private(set) var reached: [Double] = []
  private(set) var missed: [Double] = []

  init(_ seeds: [CostToQuality]) throws {
    guard seeds.count > 1 else { throw Speedup.Refusal.tooFewSeeds }
    for seed in seeds {
      switch seed {
      case .reached(let cost, _): reached.append(cost)
      case .notReached(let spent): missed.append(spent)
      case .reachedAtOnce: throw Speedup.Refusal.reachedAtOnce
      }
    }
    guard missedAll || 2 * missed.count <= seeds.count else {
      throw Speedup.Refusal.mostlyNotReached
    }
  }

  var missedAll: Bool { reached.isEmpty }

  /// The mean logarithm of cost.
  func estimate() throws -> MeanEstimate {
    guard missed.isEmpty else {
      guard reached.count > 1 else { throw Speedup.Refusal.mostlyNotReached }
      return try CensoredLognormal(observed: reached, notReached: missed).estimate
    }
    return try MeanEstimate(of: reached.map { log($0) })
  }
}
