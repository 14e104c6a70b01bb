import DiffusionMath
import Tensors

/// Draws SPRINT's routes for training: a few tokens of each row, and now and then none at all.
///
/// - Source: SPRINT, arXiv 2510.21986.
/// - Departs: as SR-DiT, kept tokens are drawn uniformly from the whole sequence, class token included,
///   and the path is dropped for the whole batch at once. They run in the order of the sequence, which
///   attention does not see and a scan needs.
public struct SprintRouting: TokenRouting, Equatable, Sendable {
  /// The blocks between encoder and decoder.
  public var middle: Range<Int>
  /// The share of tokens that the middle blocks do not see.
  public var dropRatio = 0.75
  /// The probability that the middle blocks do not run.
  public var pathDrop = 0.05

  /// SR-DiT's routing through given blocks.
  public init(middle: Range<Int>) { self.middle = middle }

  /// The number of tokens that the middle blocks see, at least 1.
  public func keptCount(of tokens: Int) -> Int {
    max(1, Int(Double(tokens) * (1 - dropRatio)))
  }

  /// Draws the route of one batch, or of a part of it.
  public func route(streams: [RandomStream], batch: RandomStream, tokens: Int) throws
    -> any TokenRoute
  {
    var batch = batch
    if batch.uniform() < pathDrop {
      return try SprintRoute(droppingPathOf: streams.count, middle: middle)
    }
    let count = keptCount(of: tokens)
    let kept = streams.flatMap { stream in
      var stream = stream
      return Self.places(ofSmallest: count, in: stream.uniforms(tokens)).sorted()
    }
    return try SprintRoute(
      keeping: Tensor(kept, shape: [streams.count, count]), middle: middle)
  }

  /// The tokens that block `index` gets when the path is not dropped.
  public func tokenCount(inBlock index: Int, of tokens: Int) -> Int {
    middle.contains(index) ? keptCount(of: tokens) : tokens
  }

  /// The middle blocks do not run when the path is dropped.
  public func runningShare(ofBlock index: Int) -> Double {
    middle.contains(index) ? 1 - pathDrop : 1
  }

  /// Where the smallest of some numbers are, smallest first.
  static func places(ofSmallest count: Int, in numbers: [Double]) -> [Int64] {
    numbers.indices.sorted { numbers[$0] < numbers[$1] }.prefix(count).map(Int64.init)
  }
}
