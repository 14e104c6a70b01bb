import DiffusionMath
import Tensors

/// Draws SPRINT's routes for training: a random subset of each row's tokens, sometimes none.
///
/// - Source: SPRINT, arXiv 2510.21986.
/// - Departs: as in SR-DiT, kept tokens are drawn uniformly from the whole sequence, including the
///   class token, and the path is dropped for the whole batch at once. Kept tokens stay in the
///   order of the sequence, which makes no difference to attention and is needed by a scan.
public struct SprintRouting: TokenRouting, Equatable, Sendable {
  /// The blocks between encoder and decoder.
  public var middle: Range<Int>
  /// The share of tokens that the middle blocks do not get.
  public var dropRatio = 0.75
  /// The probability that the middle blocks do not run.
  public var pathDrop = 0.05

  /// Creates SR-DiT's routing for the given middle blocks.
  public init(middle: Range<Int>) { self.middle = middle }

  /// The number of tokens that the middle blocks get, at least 1.
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

  /// The number of tokens that block `index` gets when the path is not dropped.
  public func tokenCount(inBlock index: Int, of tokens: Int) -> Int {
    middle.contains(index) ? keptCount(of: tokens) : tokens
  }

  /// The share of passes in which block `index` runs; the middle blocks do not run when the path is
  /// dropped.
  public func runningShare(ofBlock index: Int) -> Double {
    middle.contains(index) ? 1 - pathDrop : 1
  }

  /// The indices of the `count` smallest numbers, smallest first.
  static func places(ofSmallest count: Int, in numbers: [Double]) -> [Int64] {
    numbers.indices.sorted { numbers[$0] < numbers[$1] }.prefix(count).map(Int64.init)
  }
}
