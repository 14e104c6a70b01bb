import Foundation

/// Student's t distribution; with infinite degrees of freedom the normal distribution.
public struct StudentDistribution: Equatable, Sendable {
  /// The degrees of freedom, above 0.
  public let degrees: Double

  /// The distribution with given degrees of freedom.
  public init(degrees: Double) { self.degrees = degrees }

  /// The probability of at most `t`.
  public func cumulative(_ t: Double) -> Double {
    t > 0 ? 1 - lowerTail(-t) : lowerTail(t)
  }

  /// The probability of a value at least `|t|` away from 0.
  public func twoSided(_ t: Double) -> Double { 2 * lowerTail(-abs(t)) }

  /// The quantile: the number that is not exceeded with `probability`.
  public func quantile(_ probability: Double) -> Double {
    probability > 0.5
      ? -root(of: 1 - probability, lowerTail) : root(of: probability, lowerTail)
  }

  /// The probability of at most `t`, to full precision where `t` is negative.
  private func lowerTail(_ t: Double) -> Double {
    guard degrees.isFinite, t.isFinite else { return NormalDistribution.cumulative(t) }
    let total = degrees + t * t
    let tail =
      0.5
      * regularizedIncompleteBeta(
        degrees / 2, 0.5, degrees / total, complement: t * t / total)
    return t > 0 ? 1 - tail : tail
  }
}
