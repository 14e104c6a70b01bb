import Foundation

/// A range that holds the truth in the stated share of repetitions.
public struct ConfidenceInterval: Equatable, Codable, Sendable {
  /// The lower end; minus infinity for a bound from above.
  public var low: Double
  /// The upper end; infinity for a bound from below.
  public var high: Double
  /// The share of repetitions, such as 0.95.
  public var confidence: Double

  /// A range.
  public init(low: Double, high: Double, confidence: Double) {
    (self.low, self.high, self.confidence) = (low, high, confidence)
  }

  /// Whether a value lies inside, ends included.
  public func contains(_ value: Double) -> Bool { low <= value && value <= high }

  /// The range of `e` to the power of what this one is a range of.
  public var exponential: ConfidenceInterval {
    ConfidenceInterval(low: exp(low), high: exp(high), confidence: confidence)
  }
}
