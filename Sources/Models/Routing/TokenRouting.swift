import DiffusionMath
import Tensors

/// Decides which tokens run through which blocks of a backbone while it trains.
///
/// The backbone asks before and after each block; it does not know which method answers. Without a
/// routing every token runs through every block.
public protocol TokenRouting: Sendable {
  /// A fresh route for one forward pass.
  ///
  /// - Parameters:
  ///   - streams: one random stream per row of the batch, so that a row's route does not depend on
  ///     the other rows.
  ///   - batch: one random stream for the whole batch, the same for all of its parts.
  ///   - tokens: the number of tokens of the whole sequence.
  func route(streams: [RandomStream], batch: RandomStream, tokens: Int) throws -> any TokenRoute

  /// How many tokens of a sequence of `tokens` run through block `index`, for estimates of cost.
  func tokenCount(inBlock index: Int, of tokens: Int) throws -> Int

  /// The share of passes in which block `index` runs at all, for estimates of cost; 1 unless said otherwise.
  func runningShare(ofBlock index: Int) -> Double
}

extension TokenRouting {
  /// Every pass runs it.
  public func runningShare(ofBlock index: Int) -> Double { 1 }
}

/// One forward pass's path through the blocks.
public protocol TokenRoute: AnyObject {
  /// Called before block `index`; may take tokens out, or all of them: then the block does not run.
  func enter(block index: Int, _ sequence: TokenSequence) throws -> TokenSequence
  /// Called after block `index`; may put tokens back.
  func leave(block index: Int, _ sequence: TokenSequence) throws -> TokenSequence
  /// The route of some rows of the batch.
  func choosing(_ rows: RowSet) throws -> any TokenRoute
}

/// The tokens under way, and which positions of the whole sequence they stand for.
public struct TokenSequence {
  /// `[batch, kept tokens, width]`.
  public var tokens: Tensor
  /// `[batch, kept tokens]` int64 positions, or `nil` when all tokens are there in order. Whatever
  /// else belongs to a token (rotations, stored values) must be gathered by them.
  public var positions: Tensor?
  /// How many tokens at the start joined on the way and are left behind after the last block.
  var prefixCount = 0

  /// A sequence; all tokens in order unless positions are given.
  public init(_ tokens: Tensor, positions: Tensor? = nil) {
    self.tokens = tokens
    self.positions = positions
  }

  /// The tokens without those that joined on the way.
  var withoutPrefix: Tensor {
    get throws {
      prefixCount == 0 ? tokens : try tokens.sliced(1, prefixCount..<tokens.shape[1])
    }
  }

  /// The sequence of some rows of the batch.
  func of(_ rows: RowSet) throws -> TokenSequence {
    var chosen = self
    chosen.tokens = try rows.of(tokens)
    chosen.positions = try positions.map(rows.of)
    return chosen
  }
}
