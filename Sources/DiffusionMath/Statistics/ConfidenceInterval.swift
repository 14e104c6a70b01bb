import Foundation

/// A range that contains the true value in the stated share of repetitions.
public struct ConfidenceInterval: Equatable, Codable, Sendable {
  /// The lower end; minus infinity for an upper bound.
  public var low: Double
  /// The upper end; infinity for a lower bound.
  public var high: Double
  /// The confidence level, such as 0.95.
  public var confidence: Double

  /// A range.
  public init(low: Double, high: Double, confidence: Double) {
    (self.low, self.high, self.confidence) = (low, high, confidence)
  }

  /// Whether a value lies inside, including the ends.
  public func contains(_ value: Double) -> Bool { low <= value && value <= high }

  /// The exponential of the range, for a range of a logarithm.
  public var exponential: ConfidenceInterval {
    ConfidenceInterval(low: exp(low), high: exp(high), confidence: confidence)
  }
}
