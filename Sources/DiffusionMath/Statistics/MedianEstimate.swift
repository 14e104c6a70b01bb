import Diagnostics

/// The median of independent values, with an interval that assumes nothing about their
/// distribution.
///
/// - Source: the binomial interval between order statistics; Conover, "Practical Nonparametric
///   Statistics", section 3.2.
public struct MedianEstimate: Equatable, Codable, Sendable {
  /// The middle value, or the mean of the two in the middle.
  public var value: Double
  /// From one order statistic to another, with the exact confidence of this pair.
  public var interval: ConfidenceInterval

  /// Computes the median.
  ///
  /// The interval is the narrowest symmetric one with at least `confidence`. With fewer than six
  /// values none has 0.95; then it spans all of them, with the confidence that this has.
  /// - Throws: ``PeregrineError`` `.badData` unless there is at least one value and all are finite.
  public init(of values: [Double], confidence: Double = 0.95) throws {
    guard !values.isEmpty, values.allSatisfy(\.isFinite) else {
      throw PeregrineError(
        .badData, doing: "taking a median", found: "\(values.count) values, not all finite",
        expected: "at least one, all finite")
    }
    let sorted = values.sorted()
    let count = sorted.count
    value = (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
    // The number of values below the median is binomial. `term` is the probability of `rank - 1`,
    // `tail` that of at most so many.
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
