import Diagnostics
import Foundation

/// An estimated mean, or difference of means, with its error under the assumptions of Student's t:
/// independent, normally distributed errors.
public struct MeanEstimate: Equatable, Sendable {
  /// The estimate.
  public let value: Double
  /// Its standard error.
  public let standardError: Double
  /// The degrees of freedom of the standard error; infinite where the error is known.
  public let degrees: Double

  /// An estimate from its parts.
  public init(value: Double, standardError: Double, degrees: Double) {
    (self.value, self.standardError, self.degrees) = (value, standardError, degrees)
  }

  /// The mean of independent numbers.
  ///
  /// - Throws: ``PeregrineError`` `.badData` unless there are at least two numbers, all finite.
  public init(of values: [Double]) throws {
    guard values.count > 1 else {
      throw PeregrineError(
        .badData, doing: "estimating a mean with its error", found: "\(values.count) measurement",
        expected: "two at least", advice: "Run another seed.")
    }
    let summary = try SampleSummary(values)
    self.init(
      value: summary.mean, standardError: summary.varianceOfMean.squareRoot(),
      degrees: Double(summary.count - 1))
  }

  /// The mean of the differences `a[i] − b[i]`, for paired numbers.
  ///
  /// - Throws: ``PeregrineError`` `.badData` unless there are at least two pairs, all finite.
  public init(pairs a: [Double], less b: [Double]) throws {
    guard a.count == b.count else {
      throw PeregrineError(
        .badData, doing: "comparing pairs of runs", found: "\(a.count) and \(b.count) runs",
        expected: "as many of one recipe as of the other",
        advice: "Compare them without pairing, or run the missing seeds.")
    }
    try self.init(of: zip(a, b).map { $0 - $1 })
  }

  /// The difference of the means of two groups whose variances may differ.
  ///
  /// - Source: Welch 1947; degrees of freedom by Satterthwaite.
  /// - Throws: ``PeregrineError`` `.badData` unless each group has at least two numbers, all
  ///   finite.
  public init(of a: [Double], less b: [Double]) throws {
    self = try Self(of: a).subtracting(Self(of: b))
  }

  /// The same estimate with another independent error of known size added.
  public func adding(standardError other: Double) -> MeanEstimate {
    subtracting(MeanEstimate(value: 0, standardError: other, degrees: .infinity))
  }

  /// The difference from an independent estimate, with Satterthwaite's degrees of freedom.
  public func subtracting(_ other: MeanEstimate) -> MeanEstimate {
    let parts = [self, other].map { (variance: $0.standardError * $0.standardError, $0.degrees) }
    let variance = parts.reduce(0) { $0 + $1.variance }
    let spread = parts.reduce(0) { $0 + $1.variance * $1.variance / $1.1 }
    return MeanEstimate(
      value: value - other.value, standardError: variance.squareRoot(),
      degrees: spread > 0 ? variance * variance / spread : degrees)
  }

  /// The two-sided interval.
  public func interval(confidence: Double = 0.95) -> ConfidenceInterval {
    let reach = margin(tail: (1 - confidence) / 2)
    return ConfidenceInterval(low: value - reach, high: value + reach, confidence: confidence)
  }

  /// The one-sided lower bound.
  public func lowerBound(confidence: Double = 0.95) -> ConfidenceInterval {
    ConfidenceInterval(
      low: value - margin(tail: 1 - confidence), high: .infinity, confidence: confidence)
  }

  /// The one-sided upper bound.
  public func upperBound(confidence: Double = 0.95) -> ConfidenceInterval {
    ConfidenceInterval(
      low: -.infinity, high: value + margin(tail: 1 - confidence), confidence: confidence)
  }

  /// The probability of an estimate at least this far from 0 if the true value is 0.
  public var pValue: Double {
    guard standardError > 0 else { return value == 0 ? 1 : 0 }
    return StudentDistribution(degrees: degrees).twoSided(value / standardError)
  }

  /// The probability of an estimate at least this low if the true value is `limit`.
  public func pValue(ofBeingBelow limit: Double) -> Double {
    guard standardError > 0 else { return value <= limit ? 0 : 1 }
    return StudentDistribution(degrees: degrees).cumulative((value - limit) / standardError)
  }

  private func margin(tail: Double) -> Double {
    -StudentDistribution(degrees: degrees).quantile(tail) * standardError
  }
}
