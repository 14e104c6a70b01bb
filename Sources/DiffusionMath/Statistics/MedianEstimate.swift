import Diagnostics

/// The median of independent values, with an interval that supposes nothing about their distribution.
///
/// - Source: the binomial interval between order statistics; Conover, "Practical Nonparametric
///   Statistics", section 3.2.
public struct MedianEstimate: Equatable, Codable, Sendable {
  /// The middle value, or the mean of the two in the middle.
  public var value: Double
  /// From one order statistic to another; its confidence is what these two really have.
  public var interval: ConfidenceInterval

  /// The median of values.
  ///
  /// The interval is the narrowest symmetric one of at least `confidence`; of fewer than six values none
  /// has 0.95, and it spans all of them with the confidence that this has.
  /// - Throws: ``PeregrineError`` `.badData` unless there is a value and all are finite.
  public init(of values: [Double], confidence: Double = 0.95) throws {
    guard !values.isEmpty, values.allSatisfy(\.isFinite) else {
      throw PeregrineError(
        .badData, doing: "taking a median", found: "\(values.count) values, not all finite",
        expected: "at least one, all finite")
    }
    let sorted = values.sorted()
    let count = sorted.count
    value = (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
    // How many values lie below the median is binomial: `term` is the chance of `rank - 1`, and `tail` of
    // so many at most.
    var rank = 1
    var term = 1 / Double(sign: .plus, exponent: count, significand: 1)
    var tail = term
    while rank < (count + 1) / 2 {
      let next = term * Double(count - rank + 1) / Double(rank)
      guard 1 - 2 * (tail + next) >= confidence else { break }
      (rank, term, tail) = (rank + 1, next, tail + next)
    }
    interval = ConfidenceInterval(
      low: sorted[rank - 1], high: sorted[count - rank], confidence: 1 - 2 * tail)
  }
}
