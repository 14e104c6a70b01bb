/// A share of right answers with its uncertainty.
public struct Proportion: Sendable, Codable, Equatable {
  /// The number of right answers.
  public let right: Int
  /// The number of answers; at least 1.
  public let count: Int
  /// The lower end of the 95 % interval.
  public let low: Double
  /// The upper end of the 95 % interval.
  public let high: Double

  /// The share of right answers.
  public var value: Double { Double(right) / Double(count) }

  /// A share with its Wilson score interval.
  ///
  /// - Source: E. B. Wilson 1927, "Probable inference, the law of succession, and statistical
  ///   inference".
  public init(right: Int, count: Int) {
    precondition(count > 0 && (0...count).contains(right), "\(right) of \(count) is no share.")
    self.right = right
    self.count = count
    let z = 1.959963984540054
    let n = Double(count)
    let share = Double(right) / n
    let middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    let reach =
      z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
    low = max(0, middle - reach)
    high = min(1, middle + reach)
  }
}
