import Diagnostics

/// Permutation tests: they assume only that the recipes are exchangeable, and try every
/// relabelling.
public enum PermutationTest {
  /// The share of sign flips of the differences whose mean is at least as far from 0 as the
  /// observed one.
  ///
  /// - Throws: ``PeregrineError`` `.badData` for no differences, or more than 24.
  public static func pValue(ofPairedDifferences differences: [Double]) throws -> Double {
    try check(differences.count, 1...24)
    let observed = abs(differences.reduce(0, +))
    let flips = 1 << differences.count
    let atLeast = (0..<flips).count { flip in
      let sum = differences.indices.reduce(0.0) {
        flip >> $1 & 1 == 0 ? $0 + differences[$1] : $0 - differences[$1]
      }
      return reaches(abs(sum), observed)
    }
    return Double(atLeast) / Double(flips)
  }

  /// The share of all splits of the numbers into two groups of these sizes whose means differ at
  /// least as much as observed.
  ///
  /// - Throws: ``PeregrineError`` `.badData` for an empty group, or more than 24 numbers.
  public static func pValue(of a: [Double], against b: [Double]) throws -> Double {
    try check(min(a.count, b.count), 1...24)
    try check(a.count + b.count, 2...24)
    let all = a + b
    let total = all.reduce(0, +)
    func distance(_ sum: Double) -> Double {
      abs(sum / Double(a.count) - (total - sum) / Double(b.count))
    }
    let observed = distance(a.reduce(0, +))
    var (deals, atLeast) = (0, 0)
    for deal in 0..<(1 << all.count) where deal.nonzeroBitCount == a.count {
      let sum = all.indices.reduce(0.0) { deal >> $1 & 1 == 1 ? $0 + all[$1] : $0 }
      deals += 1
      if reaches(distance(sum), observed) { atLeast += 1 }
    }
    return Double(atLeast) / Double(deals)
  }

  /// The smallest p value that sign flips of this many pairs can reach: `2/2ⁿ`.
  public static func floor(pairs: Int) -> Double { 2 / Double(1 << pairs) }

  /// The smallest p value that two groups of these sizes can reach.
  public static func floor(groups a: Int, _ b: Int) -> Double {
    let deals = (0..<min(a, b)).reduce(1.0) { $0 * Double(a + b - $1) / Double($1 + 1) }
    return min(1, (a == b ? 2 : 1) / deals)
  }

  /// Whether a relabelling is at least as extreme, up to rounding.
  private static func reaches(_ value: Double, _ observed: Double) -> Bool {
    value >= observed - 1e-12 * max(observed, 1e-300)
  }

  private static func check(_ count: Int, _ range: ClosedRange<Int>) throws {
    guard range.contains(count) else {
      throw PeregrineError(
        .badData, doing: "trying every relabelling of runs", found: "\(count)",
        expected: "\(range.lowerBound) to \(range.upperBound)")
    }
  }
}
