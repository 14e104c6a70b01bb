import Diagnostics
import DiffusionMath
import Nets
import Tensors

/// JiT ("just image transformers"): a plain transformer on pixels that predicts clean pictures.
///
/// - Time: `t = 0` is data, `t = 1` is noise, as everywhere. Inside, the network uses JiT's reversed
///   time, so that published checkpoints work.
/// - Shapes: see ``Backbone``. Tokens are patches in row-major order; an output token is laid out as
///   (row in patch, column in patch, channel).
/// - Source: JiT, arXiv 2511.13720, and its public code: the blocks of ``JLT``, with a bottleneck
///   in the patch embedding, sin-cos positions in addition to RoPE, and copies of the class
///   embedding as in-context tokens from a certain block on.
/// - Departs: no dropout; the published sizes B and L have none either.
public final class JiT: PatchBackbone {
  /// The configuration that the model was built from.
  public let configuration: JiTConfiguration
  private let embedder: ConditionEmbedder
  private let patches: BottleneckPatchEmbedding
  private let positions: Parameter
  /// `[1, context tokens, width]`, added to the copies of the class embedding.
  private let contextPositions: Parameter
  let trunk: Trunk
  private let final: JLTFinalLayer

  /// Builds a model with zero weights; ``Module/initialize(seed:)`` or a checkpoint fills them.
  ///
  /// - Throws: ``PeregrineError`` `.usage` if the configuration is inconsistent.
  public init(_ configuration: JiTConfiguration) throws {
    let (shape, blocks) = (configuration.shape, configuration.blocks)
    let width = blocks.size.width
    try shape.check("JiT", blocks.size, headMultiple: 4)
    guard configuration.bottleneck > 0, (0..<blocks.depth).contains(configuration.contextStart)
    else {
      throw PeregrineError(
        .usage, doing: "building a JiT",
        found: "bottleneck \(configuration.bottleneck), context from block "
          + "\(configuration.contextStart) of \(blocks.depth)",
        expected: "a bottleneck, and a block that is there")
    }
    self.configuration = configuration
    embedder = try ConditionEmbedder(shape.conditions, width: width)
    patches = try BottleneckPatchEmbedding(
      channels: shape.channels, patch: shape.patch, bottleneck: configuration.bottleneck,
      width: width)
    positions = try Parameter(
      shape: [1, shape.patchCount, width],
      .table(SinCosPositions.table(side: shape.grid, width: width)), isTrainable: false)
    contextPositions = try Parameter(
      shape: [1, configuration.contextTokens, width], .normal(standardDeviation: 0.02))
    trunk = try Trunk(
      (0..<blocks.depth).map { try JLTBlock(blocks, index: $0) }, width: width,
      options: blocks.options)
    final = try JLTFinalLayer(
      width: width, outputs: shape.patchValues)
  }

  /// Checkpoint names as in the published code.
  public var members: [Member] {
    [
      .parameter("pos_embed", positions), .parameter("in_context_posemb", contextPositions),
    ] + embedder.members + [.module("x_embedder", patches)] + trunk.blockMembers
      + trunk.members(.afterBlocks) + [.module("final_layer", final)]
  }

  /// Predicts clean pictures, or the target that the objective trained.
  public func callAsFunction(
    _ x: DiffusionState, time: Tensor, conditions: Conditions, context: ForwardContext
  ) throws -> BackboneOutput {
    let x = x.item
    try configuration.shape.check(x, of: "JiT")
    guard context.route == nil else {
      throw PeregrineError(
        .usage, doing: "running a JiT", found: "a route",
        expected: "none: context tokens join on the way, and routes do not know them")
    }
    let reversed = try time * ReversedClock.rate + ReversedClock.offset
    let embedded = try embedder(reversed, conditions)
    let condition = embedded.sum
    let tokens = try patches(x).to(x.dtype) + positions.value
    let rotary = try RotaryTable(
      side: configuration.shape.grid,
      headWidth: configuration.blocks.size.width / configuration.blocks.size.heads,
      dtype: tokens.dtype, device: tokens.device)
    let prefix = try embedded.label.map {
      Trunk.Prefix(
        start: configuration.contextStart, tokens: try $0.unsqueezed(1) + contextPositions.value)
    }
    let mixed = try trunk(
      tokens, TokenCompanions(condition: condition, rotary: rotary), context, prefix: prefix)
    let item = try configuration.shape.assembled(final(mixed.tokens, condition))
    return BackboneOutput(DiffusionState(item), projections: mixed.projections)
  }
}

// MARK: Sizes

extension JiT {
  /// Counts linear layers and attention; norms and activations cost little in comparison.
  public var forwardFLOPs: Double {
    let (shape, width) = (configuration.shape, configuration.blocks.size.width)
    // The patch embedding is two low-rank maps instead of one full map.
    let values = shape.patchValues
    let rank = configuration.bottleneck * (values + width) - values * width
    let ends = shape.endFLOPs(width: width) + 2 * Double(tokenCount * rank)
    return (0..<depth).reduce(ends) { $0 + blockFLOPs($1, tokens: tokenCount) }
  }

  /// Floating-point operations of one block; from `contextStart` on including the context tokens.
  public func blockFLOPs(_ index: Int, tokens: Int) -> Double {
    let context = index >= configuration.contextStart ? configuration.contextTokens : 0
    return trunk.blockFLOPs(index, tokens: tokens + context)
  }
}
