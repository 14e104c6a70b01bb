import DiffusionMath
import Tensors

/// Decides which tokens run through which blocks of a backbone, in training and in guidance by
/// routes or path.
///
/// The trunk calls the route before and after each block and does not know which method it belongs to.
/// Without routing every token runs through every block.
public protocol TokenRouting: Sendable {
  /// Draws the route of one forward pass.
  ///
  /// - Parameters:
  ///   - streams: one random stream per row of the batch, so that a row's route does not depend on
  ///     the other rows.
  ///   - batch: one random stream for the whole batch, the same for all of its micro-batches.
  ///   - tokens: the number of tokens of the full sequence.
  func route(streams: [RandomStream], batch: RandomStream, tokens: Int) throws -> any TokenRoute

  /// How many tokens of a sequence of `tokens` run through block `index`, for cost estimates.
  func tokenCount(inBlock index: Int, of tokens: Int) throws -> Int

  /// The share of passes in which block `index` runs at all, for cost estimates; by default 1.
  func runningShare(ofBlock index: Int) -> Double
}

extension TokenRouting {
  /// By default 1: every pass runs the block.
  public func runningShare(ofBlock index: Int) -> Double { 1 }
}

/// One forward pass's path through the blocks.
public protocol TokenRoute: AnyObject {
  /// Called before block `index`; may take tokens out. If it takes out all of them, the block does
  /// not run.
  func enter(block index: Int, _ sequence: TokenSequence) throws -> TokenSequence
  /// Called after block `index`; may put tokens back.
  func leave(block index: Int, _ sequence: TokenSequence) throws -> TokenSequence
  /// The route of some rows of the batch.
  func choosing(_ rows: RowSet) throws -> any TokenRoute
}

/// The current tokens, and their positions in the full sequence.
public struct TokenSequence {
  /// `[batch, kept tokens, width]`.
  public var tokens: Tensor
  /// `[batch, kept tokens]` int64 positions, or `nil` if all tokens are there in order. Everything else
  /// that belongs to a token (RoPE angles, stored values) must be gathered at these positions.
  public var positions: Tensor?
  /// How many tokens at the start were prepended between blocks; they are removed after the last.
  var prefixCount = 0

  /// Creates a sequence; without positions it holds all tokens in order.
  public init(_ tokens: Tensor, positions: Tensor? = nil) {
    self.tokens = tokens
    self.positions = positions
  }

  /// The tokens without the prepended ones.
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
