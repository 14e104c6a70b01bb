import Diagnostics
import Foundation

/// Reconstructs averages of weights that were not stored, from snapshots of averages that were.
///
/// - Source: Karras et al., EDM2, arXiv 2312.02696, section 3.2 and algorithm 3.
public enum PostHocAverage {
  /// A power-function average after some number of training images.
  public struct Snapshot: Hashable, Codable, Sendable {
    /// The images seen.
    public let images: Int
    /// Which average.
    public let average: PowerFunctionAverage

    /// Describes a snapshot.
    public init(images: Int, average: PowerFunctionAverage) {
      self.images = images
      self.average = average
    }

    /// The integral of the product of two profiles over training; 0 where they do not overlap.
    func overlap(with other: Snapshot) -> Double {
      let (mine, others) = (average.exponent, other.average.exponent)
      let ratio = Double(images) / Double(other.images)
      let shape = images < other.images ? others : -mine
      return (mine + 1) * (others + 1) * pow(ratio, shape)
        / ((mine + others + 1) * Double(max(images, other.images)))
    }
  }

  /// The weights of the snapshots that approximate `target` best, by least squares of the profiles.
  /// They add up to 1. A target that is one of the snapshots is reproduced exactly.
  ///
  /// - Throws: ``PeregrineError`` `.usage` if there are no snapshots, if one has seen no images, or
  ///   if two are equal.
  public static func factors(
    _ snapshots: [Snapshot], for target: Snapshot
  ) throws -> [Double] {
    guard !snapshots.isEmpty, (snapshots + [target]).allSatisfy({ $0.images > 0 }) else {
      throw PeregrineError(
        .usage, doing: "reconstructing an average of weights",
        found: "\(snapshots.count) snapshots, of \(snapshots.map(\.images)) images",
        expected: "at least one, each after some images")
    }
    if let place = snapshots.firstIndex(of: target),
      snapshots.lastIndex(of: target) == place
    {
      return snapshots.indices.map { $0 == place ? 1 : 0 }
    }
    // Each profile is scaled to norm 1, so that the pivots are of similar size.
    let sizes = snapshots.map { $0.overlap(with: $0).squareRoot() }
    let matrix = zip(snapshots, sizes).map { row, size in
      zip(snapshots, sizes).map { row.overlap(with: $0) / (size * $1) }
    }
    let right = zip(snapshots, sizes).map { $0.overlap(with: target) / $1 }
    guard let scaled = solution(of: matrix, right) else {
      throw PeregrineError(
        .usage, doing: "reconstructing an average of weights",
        found: "two snapshots that are the same, or nearly so",
        expected: "snapshots of different averages or after different images")
    }
    let factors = zip(scaled, sizes).map { $0 / $1 }
    let sum = factors.reduce(0, +)
    return factors.map { $0 / sum }
  }

  /// The norm of the difference between a weighted sum of profiles and the target's profile,
  /// relative to the target's norm; 0 means exact.
  public static func mismatch(
    of snapshots: [Snapshot], _ factors: [Double], with target: Snapshot
  ) throws -> Double {
    guard factors.count == snapshots.count else {
      throw PeregrineError(
        .usage, doing: "comparing a reconstructed average with its target",
        found: "\(factors.count) factors for \(snapshots.count) snapshots")
    }
    let pairs = zip(snapshots, factors)
    let own = target.overlap(with: target)
    let mixed = pairs.reduce(0) { $0 + $1.1 * $1.0.overlap(with: target) }
    let inner = pairs.reduce(0) { sum, row in
      sum + row.1 * pairs.reduce(0) { $0 + $1.1 * row.0.overlap(with: $1.0) }
    }
    return (max(0, own - 2 * mixed + inner) / own).squareRoot()
  }

  /// Gaussian elimination with row pivots; `nil` when a pivot vanishes.
  private static func solution(of matrix: [[Double]], _ right: [Double]) -> [Double]? {
    let count = right.count
    var rows = zip(matrix, right).map { $0 + [$1] }
    for column in 0..<count {
      guard let pivot = (column..<count).max(by: { abs(rows[$0][column]) < abs(rows[$1][column]) }),
        abs(rows[pivot][column]) > 1e-14
      else { return nil }
      rows.swapAt(column, pivot)
      for row in column + 1..<count {
        let factor = rows[row][column] / rows[column][column]
        for index in column...count { rows[row][index] -= factor * rows[column][index] }
      }
    }
    var values = [Double](repeating: 0, count: count)
    for row in (0..<count).reversed() {
      let known = (row + 1..<count).reduce(0) { $0 + rows[row][$1] * values[$1] }
      values[row] = (rows[row][count] - known) / rows[row][row]
    }
    return values
  }
}
