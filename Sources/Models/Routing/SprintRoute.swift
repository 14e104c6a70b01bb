import Tensors

/// A SPRINT route of one forward pass: the middle blocks get some of the tokens, or none.
///
/// ``SprintFusion`` fills in the tokens that were taken out.
public final class SprintRoute: TokenRoute {
  private let start: Int
  private let kept: Tensor

  /// Creates a route that keeps the tokens at the `[batch, kept]` int64 positions, which count the
  /// class token.
  ///
  /// - Parameter middle: the blocks between encoder and decoder.
  public init(keeping kept: Tensor, middle: Range<Int>) {
    self.kept = kept
    start = middle.lowerBound
  }

  /// Creates a route on which the middle blocks do not run (path drop).
  public convenience init(droppingPathOf batch: Int, middle: Range<Int>) throws {
    self.init(keeping: try Tensor([Int64](), shape: [batch, 0]), middle: middle)
  }

  /// Before the middle blocks, takes out the tokens that are not kept.
  public func enter(block index: Int, _ sequence: TokenSequence) throws -> TokenSequence {
    guard index == start else { return sequence }
    let kept = try kept.to(on: sequence.tokens.device)
    let places = try kept.unsqueezed(-1).expanded(kept.shape + [sequence.tokens.shape[2]])
    return TokenSequence(try sequence.tokens.gathered(1, places), positions: kept)
  }

  /// Changes nothing.
  public func leave(block index: Int, _ sequence: TokenSequence) -> TokenSequence { sequence }

  /// The route of some rows of the batch.
  public func choosing(_ rows: RowSet) throws -> any TokenRoute {
    if rows.isWhole { return self }
    return SprintRoute(keeping: try rows.of(kept), middle: start..<start + 1)
  }
}
