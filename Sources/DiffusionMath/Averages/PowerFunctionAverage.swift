import Diagnostics
import Foundation

/// An average of weights over all of training, weighted by a power of progress: the weights after
/// `n` images have weight `n^exponent`.
///
/// Unlike an exponential average, its width grows with training. The relative deviation is the
/// standard deviation of the profile divided by the length of training.
/// - Source: Karras et al., EDM2, arXiv 2312.02696, section 3 and appendix C.
public struct PowerFunctionAverage: Hashable, Codable, Sendable {
  /// The power γ.
  public let exponent: Double

  /// The average with a given power.
  public init(exponent: Double) { self.exponent = exponent }

  /// The average with a given relative deviation, such as 0.05 or 0.10.
  ///
  /// The power is the largest root of `γ³ + 7γ² + (16 − 1/σ²)γ + (12 − 1/σ²)`.
  /// - Throws: ``PeregrineError`` `.usage` unless the deviation is from 0.001 to below √(1/12). At
  ///   √(1/12) the power is 0 and all weights count equally.
  public init(relativeDeviation: Double) throws {
    guard relativeDeviation >= 0.001, relativeDeviation * relativeDeviation < 1.0 / 12 else {
      throw PeregrineError(
        .usage, doing: "choosing an average of weights",
        found: "the relative deviation \(relativeDeviation)",
        expected: "from 0.001 to below 0.2886, the average of all weights alike")
    }
    let precision = 1 / (relativeDeviation * relativeDeviation)
    // The cubic rises and is convex to the right of its largest root, so Newton's method converges
    // to it from above.
    var power = 1 / relativeDeviation
    while true {
      let value = ((power + 7) * power + 16 - precision) * power + 12 - precision
      let slope = (3 * power + 14) * power + 16 - precision
      let next = power - value / slope
      if next >= power { break }
      power = next
    }
    exponent = power
  }

  /// The profile's standard deviation, relative to the length of training.
  public var relativeDeviation: Double {
    let next = exponent + 2
    return ((exponent + 1) / (next * next * (exponent + 3))).squareRoot()
  }

  /// The decay of the step that ends at `images` and takes `batch` of them: `(1 − B/n)^(γ + 1)`.
  ///
  /// The decay of the first step is 0, so the average starts at the first weights.
  public func decay(images: Int, batch: Int) -> Double {
    pow(1 - Double(batch) / Double(images), exponent + 1)
  }
}
