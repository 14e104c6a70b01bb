import DiffusionMath
import Nets
import Tensors

/// JLT: the transformer of JiT ("just image transformers") on latents, trained to predict clean data.
///
/// - Time: `t = 0` is data, `t = 1` is noise, as everywhere. Inside, the network uses JLT's reversed
///   time, so that published checkpoints work.
/// - Shapes: see ``Backbone``. Tokens are patches in row-major order; an output token is laid out as
///   (row in patch, column in patch, channel).
/// - Source: JLT, arXiv 2605.27102; JiT, arXiv 2511.13720: RMSNorm with gain (ε 1e-6), QK norm, RoPE,
///   SwiGLU, adaLN-zero, no position table. Matches fixture `jlt_tiny`.
/// - Departs: tokens keep the state's dtype between blocks, even when matrix products are in bfloat16.
public final class JLT: PatchBackbone {
  /// The configuration that the model was built from.
  public let configuration: JLTConfiguration
  private let maskToken: Parameter
  private let embedder: ConditionEmbedder
  private let patches: PatchEmbedding
  let trunk: Trunk
  private let final: JLTFinalLayer
  /// The RoPE table of the whole grid, cached for the device and dtype of the tokens.
  private var rotation: RotaryTable?

  /// Builds a model with zero weights; ``Module/initialize(seed:)`` or a checkpoint fills them.
  ///
  /// - Throws: ``PeregrineError`` `.usage` if patch, width or heads do not fit.
  public init(_ configuration: JLTConfiguration) throws {
    let (shape, width) = (configuration.shape, configuration.size.width)
    try shape.check("JLT", configuration.size, headMultiple: 4)
    self.configuration = configuration
    maskToken = try Parameter(shape: [1, 1, width], .zeros, isTrainable: false)
    embedder = try ConditionEmbedder(shape.conditions, width: width)
    patches = try PatchEmbedding(
      channels: shape.channels, patch: shape.patch, width: width)
    trunk = try Trunk(
      (0..<configuration.depth).map { try JLTBlock(configuration, index: $0) }, width: width,
      options: configuration.options)
    final = try JLTFinalLayer(width: width, outputs: shape.patchValues)
  }

  /// Checkpoint names as in the published code. Its unused `mask_token` is listed too, unless
  /// SPRINT adds its own.
  public var members: [Member] {
    let first = trunk.members(.first)
    return (first.isEmpty ? [.parameter("mask_token", maskToken)] : first)
      + trunk.members(.afterPositions) + embedder.members + [.module("x_embedder.proj", patches)]
      + trunk.blockMembers + trunk.members(.afterBlocks) + [.module("final_layer", final)]
  }

  /// Counts linear layers and attention; norms and activations cost little in comparison.
  public var forwardFLOPs: Double {
    (0..<depth).reduce(0) { $0 + blockFLOPs($1, tokens: tokenCount) }
      + trunk.extensionFLOPs(tokens: tokenCount)
      + configuration.shape.endFLOPs(width: configuration.size.width)
  }

  /// Predicts clean data, or the target that the objective trained.
  public func callAsFunction(
    _ x: DiffusionState, time: Tensor, conditions: Conditions, context: ForwardContext
  ) throws -> BackboneOutput {
    let x = x.item
    try configuration.shape.check(x, of: "JLT")
    let reversed = try time * ReversedClock.rate + ReversedClock.offset
    let condition = try embedder(reversed, conditions).sum
    let tokens = try patches(x).to(x.dtype)
    let mixed = try trunk(
      tokens, TokenCompanions(condition: condition, rotary: rotation(like: tokens)), context)
    let output = try configuration.shape.assembled(final(mixed.tokens, condition))
    return BackboneOutput(
      DiffusionState(
        configuration.predictsReversedVelocity ? try output * ReversedClock.rate : output),
      projections: mixed.projections)
  }

  private func rotation(like tokens: Tensor) throws -> RotaryTable {
    if let rotation, rotation.cosines.dtype == tokens.dtype,
      rotation.cosines.device == tokens.device
    {
      return rotation
    }
    let made = try RotaryTable(
      side: configuration.shape.grid,
      headWidth: configuration.size.width / configuration.size.heads, dtype: tokens.dtype,
      device: tokens.device)
    rotation = made
    return made
  }
}
