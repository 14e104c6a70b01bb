import Nets
import Tensors

/// What a method adds to the blocks of any backbone. It acts between them and may have weights.
///
/// ``BackboneOptions`` decides which extensions a backbone has; ``Trunk`` runs them without knowing
/// them.
protocol TrunkExtension: AnyObject {
  /// The weights that checkpoints list at `place`.
  func members(_ place: MemberPlace) -> [Member]
  /// The extension's state in one forward pass; `nil` if it does nothing in this pass.
  func visit(_ context: ForwardContext) -> (any TrunkVisitor)?
  /// Floating-point operations beside some blocks in every forward pass, for `tokens` tokens of one item.
  func flops(tokens: Int, besideBlocks blocks: Range<Int>) -> Double
  /// Floating-point operations of the projections that training asks for.
  func projectionFLOPs(tokens: Int, depth: Int, routing: (any TokenRouting)?) throws -> Double
}

/// Where checkpoints list the weights of extensions.
enum MemberPlace {
  /// Before everything else.
  case first
  /// After the position table.
  case afterPositions
  /// After the blocks.
  case afterBlocks
}

/// An extension's state in one forward pass. It may hold tensors of the pass.
protocol TrunkVisitor: AnyObject {
  /// Called before a block, before a route takes tokens out.
  func enter(block index: Int, _ sequence: TokenSequence) throws
  /// Called after a block, after a route has put tokens back.
  func leave(block index: Int, _ sequence: TokenSequence) throws -> TokenSequence
  /// The visitor for some rows of the batch.
  func of(_ rows: RowSet) throws -> any TrunkVisitor
  /// The projected tokens, asked for after the last block.
  func projections() throws -> [ProjectedTokens]
}

extension TrunkVisitor {
  func projections() -> [ProjectedTokens] { [] }
}

extension TrunkExtension {
  func flops(tokens: Int, besideBlocks blocks: Range<Int>) -> Double { 0 }

  func projectionFLOPs(tokens: Int, depth: Int, routing: (any TokenRouting)?) -> Double { 0 }
}
