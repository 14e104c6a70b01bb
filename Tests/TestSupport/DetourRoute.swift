import Models
import Tensors

/// A route with given kept tokens: only they run through a range of blocks. The others are put back
/// with their values from before it.
public final class DetourRoute: TokenRoute {
  private let kept: Tensor
  private let blocks: ClosedRange<Int>
  private var waiting: Tensor?
  /// The number of tokens that each block got.
  public private(set) var seen: [Int] = []

  /// Creates a route for one pass; `kept` contains `[batch, kept tokens]` positions.
  public init(kept: Tensor, blocks: ClosedRange<Int>) {
    self.kept = kept
    self.blocks = blocks
  }

  private func places(_ width: Int) throws -> Tensor {
    try kept.unsqueezed(-1).expanded(kept.shape + [width])
  }

  /// Before the first block of the range, takes out the tokens that are not kept.
  public func enter(block index: Int, _ sequence: TokenSequence) throws -> TokenSequence {
    var sequence = sequence
    if index == blocks.lowerBound {
      waiting = sequence.tokens
      sequence = TokenSequence(
        try sequence.tokens.gathered(1, places(sequence.tokens.shape[2])), positions: kept)
    }
    seen.append(sequence.tokens.shape[1])
    return sequence
  }

  /// The route of some rows of the batch.
  public func choosing(_ rows: RowSet) throws -> any TokenRoute {
    if rows.isWhole { return self }
    return DetourRoute(kept: try rows.of(kept), blocks: blocks)
  }

  /// After the last block of the range, puts them back.
  public func leave(block index: Int, _ sequence: TokenSequence) throws -> TokenSequence {
    guard index == blocks.upperBound, let waiting else { return sequence }
    return TokenSequence(
      try waiting.scattering(sequence.tokens, 1, places(sequence.tokens.shape[2])))
  }
}
