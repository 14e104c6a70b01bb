import Diagnostics
import Nets
import Tensors

/// One block of a backbone: tokens in, tokens out.
protocol TrunkBlock: Module {
  /// Runs the block.
  ///
  /// - Returns: the tokens, and the attention's own values where a later block may mix them in and no
  ///   policy answered in the attention's place.
  func callAsFunction(
    _ x: Tensor, _ companions: TokenCompanions, index: Int, _ context: ForwardContext
  ) throws -> (tokens: Tensor, values: Tensor?)
}

/// The blocks of a backbone in turn, and what routes, SPRINT and alignment do between them.
///
/// All families share it, so a method that works on tokens between blocks works in each of them.
final class Trunk {
  private let blocks: [any TrunkBlock]
  private let mixesFirstValues: Bool
  private let sprint: SprintFusion?
  private let projector: AlignmentProjector?
  private let alignment: AlignmentShape?
  private let width: Int

  /// Joins blocks.
  ///
  /// - Throws: ``PeregrineError`` `.usage` when SPRINT or alignment name blocks that are not there.
  init(
    _ blocks: [any TrunkBlock], width: Int, options: BackboneOptions = .plain
  ) throws {
    try options.checkDepths(of: blocks.count)
    self.blocks = blocks
    self.width = width
    mixesFirstValues = options.mixesFirstValues
    sprint = try options.sprint.map {
      try SprintFusion(width: width, middle: $0.middle(depth: blocks.count))
    }
    alignment = options.alignment
    projector = try alignment.map {
      try AlignmentProjector(width: width, hidden: $0.hidden, teacherWidth: $0.teacherWidth)
    }
  }

  var depth: Int { blocks.count }

  /// `mask_token`, with SPRINT.
  var maskMembers: [Member] { sprint.map { [.parameter("mask_token", $0.maskToken)] } ?? [] }
  /// `fusion_proj`, with SPRINT.
  var fusionMembers: [Member] { sprint.map { [.module("fusion_proj", $0.projection)] } ?? [] }
  /// `blocks.0` and so on.
  var blockMembers: [Member] { blocks.enumerated().map { .module("blocks.\($0)", $1) } }
  /// `projectors.0`, with alignment.
  var projectorMembers: [Member] { projector.map { [.module("projectors.0", $0)] } ?? [] }

  /// What the blocks made of some tokens.
  struct Output {
    let tokens: Tensor
    let projections: [ProjectedTokens]
  }

  /// Tokens that join the others before some block and are left behind after the last.
  struct Prefix {
    /// The block before which they join.
    let start: Int
    /// `[batch, tokens, width]`; they have no place in the grid and are not turned.
    let tokens: Tensor

    func of(_ rows: BatchRows) throws -> Prefix {
      Prefix(start: start, tokens: try rows.of(tokens))
    }
  }

  /// Runs all blocks.
  ///
  /// - Parameter prefix: tokens that join on the way; not together with a route, whose positions do not
  ///   know them.
  func callAsFunction(
    _ tokens: Tensor, _ companions: TokenCompanions, _ context: ForwardContext,
    prefix: Prefix? = nil
  ) throws -> Output {
    var taps: [ProjectedTokens] = []
    let mixed = try context.output(at: .stack, input: tokens) { rows in
      var context = context
      context.route = try context.route?.choosing(rows)
      let run = try run(rows.of(tokens), companions.of(rows), prefix?.of(rows), context)
      taps = run.taps
      return run.tokens
    }
    return Output(tokens: mixed, projections: try projections(of: taps, context))
  }

  /// All blocks in turn; also the tokens at the depths of alignment, not projected yet.
  private func run(
    _ tokens: Tensor, _ companions: TokenCompanions, _ prefix: Prefix?, _ context: ForwardContext
  ) throws -> (tokens: Tensor, taps: [ProjectedTokens]) {
    var (all, here) = (companions, companions)
    var sequence = TokenSequence(tokens)
    var encoded = tokens
    var taps: [ProjectedTokens] = []
    for (index, block) in blocks.enumerated() {
      if let prefix, prefix.start == index {
        sequence.tokens = try .concatenated([prefix.tokens, sequence.tokens], dim: 1)
        all.rotary = try all.rotary?.prepending(unturned: prefix.tokens.shape[1])
        here = all
      }
      if sprint?.middle.lowerBound == index { encoded = sequence.tokens }
      sequence = try context.route?.enter(block: index, sequence) ?? sequence
      if sequence.positions !== here.positions || index == 1 {
        here = try all.gathered(at: sequence.positions)
      }
      if sequence.tokens.shape[1] > 0 {
        let output = try run(block, sequence.tokens, here, index: index, context)
        sequence.tokens = output.tokens
        if index == 0 { all.firstValues = output.values }
      }
      sequence = try context.route?.leave(block: index, sequence) ?? sequence
      if let sprint, sprint.middle.upperBound == index + 1 {
        sequence = TokenSequence(try sprint(encoded, sequence))
      }
      if context.isProjecting, sequence.tokens.shape[1] > 0,
        alignment?.depths.contains(index + 1) == true
      {
        taps.append(
          ProjectedTokens(
            depth: index + 1, tokens: try withoutPrefix(sequence.tokens, tokens, index, prefix),
            positions: sequence.positions))
      }
    }
    return (try withoutPrefix(sequence.tokens, tokens, blocks.count, prefix), taps)
  }

  /// The last tokens of a sequence, as many as there were at first, once a prefix has joined.
  private func withoutPrefix(_ tokens: Tensor, _ first: Tensor, _ index: Int, _ prefix: Prefix?)
    throws -> Tensor
  {
    guard let prefix, prefix.start <= index else { return tokens }
    return try tokens.sliced(1, tokens.shape[1] - first.shape[1]..<tokens.shape[1])
  }

  /// One block. The first one always runs where later blocks mix in its values.
  private func run(
    _ block: any TrunkBlock, _ tokens: Tensor, _ companions: TokenCompanions, index: Int,
    _ context: ForwardContext
  ) throws -> (tokens: Tensor, values: Tensor?) {
    if index == 0, mixesFirstValues {
      guard companions.positions == nil else {
        throw PeregrineError(
          .usage, doing: "running a backbone with value residual",
          found: "a route that starts at the first block",
          expected:
            "a later start, because later blocks mix in the first one's values of all tokens")
      }
      let first = try block(tokens, companions, index: 0, .plain)
      return (
        try context.output(at: .block(0), input: tokens) { try $0.of(first.tokens) }, first.values
      )
    }
    let output = try context.output(at: .block(index), input: tokens) { rows in
      try block(rows.of(tokens), companions.of(rows), index: index, context).tokens
    }
    return (output, nil)
  }

  private func projections(of taps: [ProjectedTokens], _ context: ForwardContext) throws
    -> [ProjectedTokens]
  {
    guard let projector else { return [] }
    return try taps.map { tap in
      var projected = tap
      projected.tokens = try projector(tap.tokens)
      return projected
    }
  }

  /// Multiply-adds counted twice, of SPRINT's fusion for `tokens` tokens.
  func fusionFLOPs(tokens: Int) -> Double {
    sprint == nil ? 0 : 4 * Double(tokens) * Double(width) * Double(width)
  }

  /// Multiply-adds counted twice, of the projections for a sequence of `tokens` tokens.
  func projectionFLOPs(tokens: Int, routing: (any TokenRouting)?) throws -> Double {
    guard let alignment else { return 0 }
    let (width, hidden) = (Double(self.width), Double(alignment.hidden))
    let perToken = width * hidden + hidden * hidden + hidden * Double(alignment.teacherWidth)
    let seen = try alignment.depths.map { depth in
      // What leaves a route's last block is whole again.
      let before = try routing?.tokenCount(inBlock: depth - 1, of: tokens) ?? tokens
      let after =
        depth < blocks.count
        ? try routing?.tokenCount(inBlock: depth, of: tokens) ?? tokens : tokens
      return max(before, after)
    }
    return 2 * perToken * Double(seen.reduce(0, +))
  }
}
