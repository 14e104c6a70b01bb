import DiffusionMath
import Tensors

/// Draws SPRINT's routes for training: a few tokens of each row, and now and then none at all.
///
/// - Source: SPRINT, arXiv 2510.21986.
/// - Departs: as SR-DiT, kept tokens are drawn uniformly from the whole sequence, class token included,
///   and the path is dropped for the whole batch at once.
public struct SprintRouting: Codable, Equatable, Sendable {
  /// The share of tokens that the middle blocks do not see.
  public var dropRatio = 0.75
  /// The probability that the middle blocks do not run.
  public var pathDrop = 0.05

  /// SR-DiT's routing.
  public init() {}

  /// The number of tokens that the middle blocks see, at least 1.
  public func keptCount(of tokens: Int) -> Int {
    max(1, Int(Double(tokens) * (1 - dropRatio)))
  }

  /// Draws the route of one batch.
  ///
  /// - Parameters:
  ///   - rows: one stream per row of the batch, for its kept tokens.
  ///   - batch: one stream for the whole batch, for dropping the path.
  ///   - tokens: the number of tokens of the whole sequence.
  public func route(rows: [RandomStream], batch: RandomStream, tokens: Int, device: Device) throws
    -> SprintRoute
  {
    var batch = batch
    if batch.uniform() < pathDrop { return .dropped }
    let count = keptCount(of: tokens)
    let kept = rows.flatMap { stream in
      var stream = stream
      return Self.places(ofSmallest: count, in: stream.uniforms(tokens))
    }
    return try .kept(Tensor(kept, shape: [rows.count, count], device: device))
  }

  /// Where the smallest of some numbers are, smallest first.
  static func places(ofSmallest count: Int, in numbers: [Double]) -> [Int64] {
    numbers.indices.sorted { numbers[$0] < numbers[$1] }.prefix(count).map(Int64.init)
  }
}
