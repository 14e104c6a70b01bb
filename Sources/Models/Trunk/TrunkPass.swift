import Nets
import Tensors

/// The state of one forward pass through the blocks.
struct TrunkPass {
  /// The tokens before the first block, `[batch, tokens, width]`.
  let start: Tensor
  /// The current tokens.
  var sequence: TokenSequence
  /// The companions of all tokens.
  var all: TokenCompanions
  /// The companions of the current tokens.
  var here: TokenCompanions
  /// The extensions' state in this pass.
  private(set) var visitors: [any TrunkVisitor]
  private let prefix: Trunk.Prefix?

  init(
    _ tokens: Tensor, _ companions: TokenCompanions, prefix: Trunk.Prefix?,
    visitors: [any TrunkVisitor]
  ) {
    start = tokens
    sequence = TokenSequence(tokens)
    (all, here) = (companions, companions)
    self.prefix = prefix
    self.visitors = visitors
  }

  private init(
    start: Tensor, sequence: TokenSequence, all: TokenCompanions, here: TokenCompanions,
    prefix: Trunk.Prefix?, visitors: [any TrunkVisitor]
  ) {
    self.start = start
    self.sequence = sequence
    self.all = all
    self.here = here
    self.prefix = prefix
    self.visitors = visitors
  }

  /// The pass for some rows of the batch.
  func of(_ rows: RowSet) throws -> TrunkPass {
    if rows.isWhole { return self }
    return try TrunkPass(
      start: rows.of(start), sequence: sequence.of(rows), all: all.of(rows), here: here.of(rows),
      prefix: prefix.map { Trunk.Prefix(start: $0.start, tokens: try rows.of($0.tokens)) },
      visitors: visitors.map { try $0.of(rows) })
  }

  /// Prepends the prefix before its block.
  mutating func joinPrefix(before index: Int) throws {
    guard let prefix, prefix.start == index else { return }
    sequence.tokens = try .concatenated([prefix.tokens, sequence.tokens], dim: 1)
    sequence.prefixCount = prefix.tokens.shape[1]
    all.rotary = try all.rotary?.prepending(unturned: sequence.prefixCount)
    here = all
  }

  /// How many prefix tokens run through block `index`.
  func prefixCount(inBlock index: Int) -> Int {
    prefix.map { $0.start <= index ? $0.tokens.shape[1] : 0 } ?? 0
  }
}
