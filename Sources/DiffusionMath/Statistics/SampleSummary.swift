import Diagnostics

/// Mean and spread of a few numbers.
public struct SampleSummary: Equatable, Sendable {
  /// The number of values.
  public let count: Int
  /// Their mean.
  public let mean: Double
  /// Their variance with divisor `count − 1`; 0 for a single number.
  public let variance: Double

  /// Summarises numbers.
  ///
  /// - Throws: ``PeregrineError`` `.badData` if there is no number, or one is not finite.
  public init(_ values: [Double]) throws {
    guard !values.isEmpty, values.allSatisfy(\.isFinite) else {
      throw PeregrineError(
        .badData, doing: "summarising measurements", found: Self.describe(values),
        expected: "finite numbers, at least one")
    }
    let mean = values.reduce(0, +) / Double(values.count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    (count, self.mean) = (values.count, mean)
    variance = values.count > 1 ? squares / Double(values.count - 1) : 0
  }

  /// The standard deviation with divisor `count − 1`.
  public var deviation: Double { variance.squareRoot() }

  /// The variance of the mean.
  public var varianceOfMean: Double { variance / Double(count) }

  private static func describe(_ values: [Double]) -> String {
    guard let odd = values.first(where: { !$0.isFinite }) else { return "no number" }
    return "\(odd) among \(values.count) numbers"
  }
}
