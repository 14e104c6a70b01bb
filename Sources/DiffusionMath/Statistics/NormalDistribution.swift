import Foundation

/// The standard normal distribution, with tails computed to full precision.
public enum NormalDistribution {
  /// The density at `z`.
  public static func density(_ z: Double) -> Double { exp(logDensity(z)) }

  /// The logarithm of the density at `z`.
  public static func logDensity(_ z: Double) -> Double { -0.5 * (z * z + log(2 * .pi)) }

  /// The probability of at most `z`.
  public static func cumulative(_ z: Double) -> Double { 0.5 * erfc(-z / 2.0.squareRoot()) }

  /// The logarithm of the probability of more than `z`.
  public static func logSurvival(_ z: Double) -> Double {
    if z < 0 { return log1p(-cumulative(z)) }
    guard z > 30 else { return log(cumulative(-z)) }
    // Abramowitz and Stegun 26.2.12, where erfc would underflow.
    let inverse = 1 / (z * z)
    return logDensity(z) - log(z) + log1p(-inverse * (1 - 3 * inverse * (1 - 5 * inverse)))
  }

  /// Density divided by survival probability at `z` (the hazard rate).
  public static func hazard(_ z: Double) -> Double { exp(logDensity(z) - logSurvival(z)) }

  /// The quantile: the number that is not exceeded with `probability`.
  public static func quantile(_ probability: Double) -> Double {
    // The lower tail is more precise.
    probability > 0.5
      ? -root(of: 1 - probability, cumulative) : root(of: probability, cumulative)
  }
}
