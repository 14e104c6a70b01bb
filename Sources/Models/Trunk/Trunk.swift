import Diagnostics
import Nets
import Tensors

/// Runs the blocks of a backbone, with routes, extensions and policies acting between them.
///
/// All families share it, so a method that acts between blocks works in each of them.
final class Trunk {
  private let blocks: [any TrunkBlock]
  private let extensions: [any TrunkExtension]
  private let mixesFirstValues: Bool

  /// Creates a trunk from blocks of a token width and the extensions that the options name.
  ///
  /// - Throws: ``PeregrineError`` `.usage` if an extension names blocks that do not exist.
  init(
    _ blocks: [any TrunkBlock], width: Int, options: BackboneOptions = .plain
  ) throws {
    self.blocks = blocks
    mixesFirstValues = options.mixesFirstValues
    extensions = try options.makeExtensions(width: width, depth: blocks.count)
  }

  var depth: Int { blocks.count }

  /// `blocks.0` and so on.
  var blockMembers: [Member] { blocks.enumerated().map { .module("blocks.\($0)", $1) } }

  /// The weights of extensions that checkpoints list at a place.
  func members(_ place: MemberPlace) -> [Member] { extensions.flatMap { $0.members(place) } }

  /// The output of the blocks.
  struct Output {
    let tokens: Tensor
    let projections: [ProjectedTokens]
  }

  /// Tokens that are prepended before one of the blocks and removed after the last.
  struct Prefix {
    /// The block before which they are prepended.
    let start: Int
    /// `[batch, tokens, width]`; they have no position in the grid, so RoPE does not rotate them.
    let tokens: Tensor
  }

  /// Runs all blocks.
  ///
  /// - Parameter prefix: tokens to be prepended between blocks. Not possible together with a route, whose
  ///   positions do not count them.
  func callAsFunction(
    _ tokens: Tensor, _ companions: TokenCompanions, _ context: ForwardContext,
    prefix: Prefix? = nil
  ) throws -> Output {
    let visitors = extensions.compactMap { $0.visit(context) }
    let whole = TrunkPass(tokens, companions, prefix: prefix, visitors: visitors)
    let mixed = try context.output(
      at: .stack, flops: flops(blocks.indices, whole), input: tokens,
      probe: { [blocks] in try blocks[0].modulatedInput(tokens, companions) }
    ) { rows in
      try run(from: 0, whole.of(rows), context.of(rows))
    }
    return Output(tokens: mixed, projections: try visitors.flatMap { try $0.projections() })
  }

  /// Runs the blocks from `start` on.
  private func run(from start: Int, _ pass: TrunkPass, _ context: ForwardContext) throws -> Tensor {
    var pass = pass
    for index in start..<blocks.count {
      try step(index, &pass, context)
      if context.policy != nil, context.route == nil, index + 1 < blocks.count {
        return try runTail(after: index, pass, context)
      }
    }
    return try pass.sequence.withoutPrefix
  }

  /// Offers all blocks after `index` to the policy as one piece of work.
  private func runTail(after index: Int, _ pass: TrunkPass, _ context: ForwardContext) throws
    -> Tensor
  {
    let reached = try pass.sequence.withoutPrefix
    return try context.output(
      at: .tail(after: index), flops: flops(index + 1..<blocks.count, pass), input: reached,
      probe: { try reached - pass.start }
    ) { rows in
      try run(from: index + 1, pass.of(rows), context.of(rows))
    }
  }

  /// Runs one block, with what happens before and after it.
  private func step(_ index: Int, _ pass: inout TrunkPass, _ context: ForwardContext) throws {
    try pass.joinPrefix(before: index)
    for visitor in pass.visitors { try visitor.enter(block: index, pass.sequence) }
    pass.sequence = try context.route?.enter(block: index, pass.sequence) ?? pass.sequence
    if pass.sequence.positions !== pass.here.positions || index == 1 {
      pass.here = try pass.all.gathered(at: pass.sequence.positions)
    }
    if pass.sequence.tokens.shape[1] > 0 {
      let output = try run(
        blocks[index], pass.sequence.tokens, pass.here, index: index, context)
      pass.sequence.tokens = output.tokens
      if index == 0 { pass.all.firstValues = output.values }
    }
    pass.sequence = try context.route?.leave(block: index, pass.sequence) ?? pass.sequence
    for visitor in pass.visitors {
      pass.sequence = try visitor.leave(block: index, pass.sequence)
    }
  }

  /// Runs one block. With value residual the first block always runs, because later blocks need its
  /// values.
  private func run(
    _ block: any TrunkBlock, _ tokens: Tensor, _ companions: TokenCompanions, index: Int,
    _ context: ForwardContext
  ) throws -> (tokens: Tensor, values: Tensor?) {
    let flops = { block.cost(tokens: tokens.shape[1]).total }
    if index == 0, mixesFirstValues {
      guard companions.positions == nil else {
        throw PeregrineError(
          .usage, doing: "running a backbone with value residual",
          found: "a route that starts at the first block",
          expected:
            "a later start, because later blocks mix in the first one's values of all tokens")
      }
      let first = try block(tokens, companions, index: 0, .plain)
      let output = try context.output(at: .block(0), flops: flops(), input: tokens) {
        try $0.of(first.tokens)
      }
      return (output, first.values)
    }
    let output = try context.output(at: .block(index), flops: flops(), input: tokens) { rows in
      try block(
        rows.of(tokens), companions.of(rows), index: index, context.of(rows)
      ).tokens
    }
    return (output, nil)
  }

  // MARK: Cost

  /// Floating-point operations of block `index` for `tokens` tokens of one item (one multiply-add
  /// counts as two).
  func blockFLOPs(_ index: Int, tokens: Int) -> Double {
    tokens > 0 ? blocks[index].cost(tokens: tokens).total : 0
  }

  /// Floating-point operations of the extensions in each pass.
  func extensionFLOPs(tokens: Int) -> Double {
    extensionFLOPs(tokens: tokens, besideBlocks: blocks.indices)
  }

  private func extensionFLOPs(tokens: Int, besideBlocks range: Range<Int>) -> Double {
    extensions.reduce(0) { $0 + $1.flops(tokens: tokens, besideBlocks: range) }
  }

  /// Floating-point operations of the projections for a sequence of `tokens` tokens.
  func projectionFLOPs(tokens: Int, routing: (any TokenRouting)?) throws -> Double {
    try extensions.reduce(0) {
      try $0 + $1.projectionFLOPs(tokens: tokens, depth: depth, routing: routing)
    }
  }

  /// Floating-point operations of a range of blocks and of the extensions, for one row of a pass.
  private func flops(_ range: Range<Int>, _ pass: TrunkPass) -> Double {
    let tokens = pass.start.shape[1]
    return range.reduce(extensionFLOPs(tokens: tokens, besideBlocks: range)) {
      $0 + blockFLOPs($1, tokens: tokens + pass.prefixCount(inBlock: $1))
    }
  }
}
