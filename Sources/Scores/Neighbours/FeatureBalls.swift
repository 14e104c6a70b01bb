import Tensors

/// A ball around each row of a set, reaching to its k-th nearest other row.
struct FeatureBalls {
  /// Counts of which rows lie in which balls.
  struct CoverCounts {
    /// For each row, the number of balls it lies in.
    var ofRows: [Int]
    /// For each ball, the number of rows in it.
    var ofBalls: [Int]

    /// The share of rows that lie in at least one ball.
    var shareAboveZero: Double { Self.shareAboveZero(ofRows) }
    /// The share of balls that contain at least one row.
    var shareOfBallsHit: Double { Self.shareAboveZero(ofBalls) }

    private static func shareAboveZero(_ counts: [Int]) -> Double {
      Double(counts.count { $0 > 0 }) / Double(counts.count)
    }
  }

  let rows: FeatureRows
  /// The squares of the radii, `[rows]`.
  private let squaredRadii: Tensor

  init(_ features: Tensor, neighbours: Int, doing: String) throws {
    rows = try FeatureRows(features, doing: doing)
    let nearest = try NearestNeighbours(
      queries: rows, reference: rows, count: neighbours, metric: .euclidean, leavingOutSelf: true)
    let last = try nearest.distances.sliced(1, (neighbours - 1)..<neighbours)
    squaredRadii = try last.squeezed(1).squared()
  }

  /// Counts which of the given rows lie in which balls; the edge belongs to the ball.
  func coverCounts(of queries: FeatureRows) throws -> CoverCounts {
    var counts = CoverCounts(
      ofRows: .init(repeating: 0, count: queries.count),
      ofBalls: .init(repeating: 0, count: rows.count))
    try DistanceBlocks(rows: queries, others: rows).forEach { range, others, distances in
      let margins = try squaredRadii.sliced(0, others) - distances
      let isInside = try margins.isLess(than: 0).logicalNot().to(.int64)
      let ofRows = try isInside.sum([1]).scalars(Int64.self)
      let ofBalls = try isInside.sum([0]).scalars(Int64.self)
      for (place, count) in zip(range, ofRows) { counts.ofRows[place] += Int(count) }
      for (place, count) in zip(others, ofBalls) { counts.ofBalls[place] += Int(count) }
    }
    return counts
  }
}
