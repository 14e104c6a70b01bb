import Diagnostics
import Tensors

/// Mean and covariance of features that arrive in batches.
///
///     var moments = FeatureMoments()
///     for batch in batches { try moments.add(batch) }
///     let statistics = try moments.statistics()
///
/// Every block is centred on its own mean before products are formed, so a large offset does not
/// reduce accuracy. Copies are cheap and independent: tensors are never changed in place.
/// - Source: Chan, Golub, LeVeque 1983, "Algorithms for computing the sample variance".
public struct FeatureMoments {
  /// How many rows were added.
  public private(set) var count = 0
  private var mean: Tensor?
  /// The sum of products of centred rows, `[width, width]`.
  private var scatter: Tensor?

  /// No rows yet.
  public init() {}

  /// Adds rows.
  ///
  /// - Shapes: `features` `[rows, width]`, of any floating-point type; computed in float64.
  /// - Throws: `.shapeMismatch` for another width than before; `.nonFinite` naming the row, counted
  ///   from the first row added.
  public mutating func add(_ features: Tensor) throws {
    let rows = try FeatureRows(
      features, doing: "adding features to statistics", firstRow: count)
    for range in rows.blocks { try add(block: rows.block(range)) }
  }

  /// Adds all rows of other moments.
  ///
  /// - Throws: `.shapeMismatch` for another width.
  public mutating func merge(_ other: FeatureMoments) throws {
    guard let otherMean = other.mean, let otherScatter = other.scatter else { return }
    try merge(mean: otherMean, scatter: otherScatter, count: other.count)
  }

  /// Mean and covariance of all rows so far.
  ///
  /// - Throws: `.usage` with fewer than two rows.
  public func statistics() throws -> GaussianStatistics {
    guard count > 1, let mean, let scatter else {
      throw PeregrineError(
        .usage, doing: "computing mean and covariance", found: "\(count) rows of features",
        expected: "at least 2")
    }
    return try GaussianStatistics(
      mean: mean, covariance: scatter / Double(count - 1), count: count)
  }

  /// Adds float64 rows that are known to be finite.
  mutating func add(block: Tensor) throws {
    let mean = try block.mean([0])
    let centred = try block - mean
    try merge(
      mean: mean, scatter: centred.permuted([1, 0]).matmul(centred), count: block.shape[0])
  }

  private mutating func merge(mean: Tensor, scatter: Tensor, count: Int) throws {
    guard let ownMean = self.mean, let ownScatter = self.scatter else {
      (self.mean, self.scatter, self.count) = (mean, scatter, count)
      return
    }
    guard ownMean.shape == mean.shape else {
      throw PeregrineError(
        .shapeMismatch, doing: "adding features to statistics",
        found: "width \(mean.count) after width \(ownMean.count)", expected: "one width",
        advice: "Use one feature network and output for all pictures.")
    }
    let total = self.count + count
    let step = try mean - ownMean
    let between = try step.unsqueezed(1) * step.unsqueezed(0)
    let weight = Double(self.count) * Double(count) / Double(total)
    self.mean = try ownMean + step * (Double(count) / Double(total))
    self.scatter = try ownScatter + scatter + between * weight
    self.count = total
  }
}
