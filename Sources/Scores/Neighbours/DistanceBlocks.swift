import Tensors

/// Squared Euclidean distances of all pairs of rows, one block at a time.
///
/// A whole matrix of 50,000 by 10,000 distances would take 4 GB.
struct DistanceBlocks {
  let rows: FeatureRows
  let others: FeatureRows

  /// Calls `body` with the indices of a block in both sets and its distances `[rows, others]`,
  /// float64, not below zero.
  ///
  /// The formula |a|² + |b|² − 2ab loses precision where rows are much closer to each other than to
  /// zero.
  func forEach(_ body: (Range<Int>, Range<Int>, Tensor) throws -> Void) throws {
    for range in rows.blocks {
      let block = try rows.block(range)
      let squares = try block.squared().sum([1], keepingDims: true)
      for otherRange in others.blocks {
        let other = try others.block(otherRange)
        let products = try block.matmul(other.permuted([1, 0]))
        let distances = try squares + other.squared().sum([1]) - products * 2
        try body(range, otherRange, distances.clamped(0))
      }
    }
  }
}
