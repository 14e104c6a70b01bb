import Foundation

/// The distribution of a t statistic whose true mean is `shift` standard errors from 0.
public struct NoncentralStudentDistribution: Equatable, Sendable {
  /// The degrees of freedom, above 0.
  public let degrees: Double
  /// The true mean in standard errors.
  public let shift: Double

  /// The distribution with given degrees of freedom and shift.
  public init(degrees: Double, shift: Double) { (self.degrees, self.shift) = (degrees, shift) }

  /// The probability of at most `t`: the normal probability, averaged over the distribution of the
  /// estimated standard error by Simpson's rule.
  public func cumulative(_ t: Double) -> Double {
    guard degrees.isFinite else { return NormalDistribution.cumulative(t - shift) }
    // s is the estimated standard error over the true one; s² times the degrees of freedom is
    // chi-squared.
    let half = degrees / 2
    let logFactor = log(2) + half * log(half) - logGamma(half)
    let width = 12 / (2 * degrees).squareRoot()
    let (low, high) = (max(0, 1 - width), 1 + width)
    let intervals = 2_000
    let step = (high - low) / Double(intervals)
    let sum = (0...intervals).reduce(0.0) { sum, index in
      let s = low + Double(index) * step
      let weight = index == 0 || index == intervals ? 1.0 : index % 2 == 1 ? 4.0 : 2.0
      let density =
        s > 0
        ? exp(logFactor + (degrees - 1) * log(s) - half * s * s)
        : degrees > 1 ? 0 : exp(logFactor)
      return sum + weight * density * NormalDistribution.cumulative(t * s - shift)
    }
    return min(1, max(0, sum * step / 3))
  }
}
