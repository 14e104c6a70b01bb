import Diagnostics
import Tensors

/// The nearest reference features of each query, nearest first.
public struct NearestNeighbours {
  /// The distance between features.
  public enum Metric: String, Sendable, Codable, CaseIterable {
    /// The Euclidean distance.
    case euclidean
    /// One minus the cosine of the angle; rows of zeros are refused.
    case cosine
  }

  /// Row indices in the reference, `[queries, count]` int64.
  public let indices: Tensor
  /// Their distances, `[queries, count]` float64.
  public let distances: Tensor

  /// Finds the nearest rows of another set.
  ///
  /// - Parameters:
  ///   - queries: features `[queries, width]`.
  ///   - reference: features `[references, width]`.
  ///   - count: the number of neighbours per query.
  /// - Throws: `.usage` when the reference has fewer rows than that; `.shapeMismatch`,
  ///   `.nonFinite`.
  public init(
    of queries: Tensor, among reference: Tensor, count: Int, metric: Metric = .euclidean
  ) throws {
    try self.init(
      queries: Self.prepared(queries, metric), reference: Self.prepared(reference, metric),
      count: count, metric: metric, leavingOutSelf: false)
  }

  /// Finds the nearest other rows in the same set.
  ///
  /// - Throws: `.usage` unless the set has more than `count` rows; `.shapeMismatch`, `.nonFinite`.
  public init(within features: Tensor, count: Int, metric: Metric = .euclidean) throws {
    let rows = try Self.prepared(features, metric)
    try self.init(
      queries: rows, reference: rows, count: count, metric: metric, leavingOutSelf: true)
  }

  init(
    queries: FeatureRows, reference: FeatureRows, count: Int, metric: Metric, leavingOutSelf: Bool
  ) throws {
    try checkSameWidth(queries.width, reference.width, doing: Self.doing)
    let available = reference.count - (leavingOutSelf ? 1 : 0)
    guard count > 0, count <= available else {
      throw PeregrineError(
        .usage, doing: Self.doing, found: "\(available) features to choose \(count) from",
        expected: "at least one, and as many to choose from",
        advice: "Use more pictures or fewer neighbours.")
    }
    var found = [Candidates?](repeating: nil, count: queries.blocks.count)
    try DistanceBlocks(rows: queries, others: reference).forEach { range, others, distances in
      let block = range.lowerBound / FeatureRows.blockSize
      let isOwn = leavingOutSelf && range == others
      let candidates = try Candidates(
        isOwn ? Self.withoutDiagonal(distances) : distances, from: others.lowerBound, count: count)
      found[block] = try found[block]?.merged(with: candidates, count: count) ?? candidates
    }
    let exact = try zip(queries.blocks, found.compactMap { $0 }).map { range, candidates in
      try candidates.exact(for: queries.block(range), reference: reference)
    }
    indices = try .concatenated(exact.map(\.indices), dim: 0)
    let squares = try Tensor.concatenated(exact.map(\.distances), dim: 0)
    // Between rows of length 1, half the squared distance equals one minus the cosine.
    distances = try metric == .cosine ? squares / 2 : squares.squareRoot()
  }

  private static let doing = "finding nearest neighbours"

  private static func prepared(_ features: Tensor, _ metric: Metric) throws -> FeatureRows {
    try FeatureRows(features, doing: doing, isNormalised: metric == .cosine)
  }

  /// The distances between the rows of one set, with infinity on the diagonal.
  private static func withoutDiagonal(_ distances: Tensor) throws -> Tensor {
    let size = distances.shape[0]
    let places = try Tensor.range(size, device: distances.device).unsqueezed(1)
    let infinite = try Tensor.full(
      .infinity, shape: [size, 1], dtype: .float64, device: distances.device)
    return try distances.scattering(infinite, 1, places)
  }
}

/// The nearest rows found so far for a block of queries.
private struct Candidates {
  /// Squared distances.
  let distances: Tensor
  let indices: Tensor

  init(_ distances: Tensor, from first: Int, count: Int) throws {
    let (values, places) = try distances.smallest(min(count, distances.shape[1]), dim: 1)
    let offset = try Tensor([Int64(first)], shape: [1], device: places.device)
    self.init(distances: values, indices: try places + offset)
  }

  private init(distances: Tensor, indices: Tensor) {
    self.distances = distances
    self.indices = indices
  }

  func merged(with other: Candidates, count: Int) throws -> Candidates {
    let all = try Tensor.concatenated([distances, other.distances], dim: 1)
    let places = try Tensor.concatenated([indices, other.indices], dim: 1)
    let (values, order) = try all.smallest(min(count, all.shape[1]), dim: 1)
    return Candidates(distances: values, indices: try places.gathered(1, order))
  }

  /// The same rows with distances at full precision, in their order: an exact copy has distance 0.
  func exact(for queries: Tensor, reference: FeatureRows) throws -> Candidates {
    let columns = try (0..<indices.shape[1]).map { column in
      let rows = try reference.rows(
        at: indices.sliced(1, column..<(column + 1)).scalars(Int64.self).map(Int.init))
      return try (queries - rows).squared().sum([1], keepingDims: true)
    }
    let all = try Tensor.concatenated(columns, dim: 1)
    let (values, order) = try all.smallest(columns.count, dim: 1)
    return Candidates(distances: values, indices: try indices.gathered(1, order))
  }
}
