import Nets
import Tensors

/// A diffusion backbone without attention: its blocks scan the tokens in row-major order, in both
/// directions.
///
/// - Time: `t = 0` is data, `t = 1` is noise; used as it is, in [0, 1].
/// - Shapes: see ``Backbone``. Tokens are patches in row-major order; an output token is laid out as
///   (row in patch, column in patch, channel).
/// - Source: Mamba, arXiv 2312.00752; in both directions as in Vision Mamba, arXiv 2401.09417;
///   everything around the blocks as in SiT, arXiv 2401.08740: sin-cos positions, adaLN-zero.
public final class Mamba: PatchBackbone {
  /// The configuration that the model was built from.
  public let configuration: MambaConfiguration
  private let patches: PatchEmbedding
  private let embedder: ConditionEmbedder
  private let positions: Parameter
  let trunk: Trunk
  private let final: SiTFinalLayer

  /// Builds a model with zero weights; ``Module/initialize(seed:)`` or a checkpoint fills them.
  ///
  /// - Throws: ``PeregrineError`` `.usage` if patch, width or options do not fit.
  public init(_ configuration: MambaConfiguration) throws {
    let (shape, mixer) = (configuration.shape, configuration.size.mixer)
    let width = mixer.width
    try shape.check(
      "Mamba", TransformerSize(depth: configuration.depth, width: width, heads: 1))
    self.configuration = configuration
    patches = try PatchEmbedding(
      channels: shape.channels, patch: shape.patch, width: width)
    embedder = try ConditionEmbedder(shape.conditions, width: width)
    positions = try Parameter(
      shape: [1, shape.patchCount, width],
      .table(SinCosPositions.table(side: shape.grid, width: width)), isTrainable: false)
    trunk = try Trunk(
      (0..<configuration.depth).map { _ in try MambaBlock(mixer) }, width: width,
      options: configuration.options)
    final = try SiTFinalLayer(
      width: width, outputs: shape.patchValues, options: .plain)
  }

  /// Checkpoint names as in SiT, and inside `blocks.i.mixer` as in Vision Mamba.
  public var members: [Member] {
    trunk.members(.first) + [.parameter("pos_embed", positions)] + trunk.members(.afterPositions)
      + [.module("x_embedder.proj", patches)] + embedder.members + trunk.blockMembers
      + trunk.members(.afterBlocks) + [.module("final_layer", final)]
  }

  /// Counts linear layers, convolutions and scans; norms and activations cost little in comparison.
  public var forwardFLOPs: Double {
    Double(depth) * blockFLOPs(0, tokens: tokenCount)
      + trunk.extensionFLOPs(tokens: tokenCount)
      + configuration.shape.endFLOPs(width: configuration.size.mixer.width)
  }

  /// Predicts the velocity, or the target that the objective trained.
  public func callAsFunction(
    _ x: DiffusionState, time: Tensor, conditions: Conditions, context: ForwardContext
  ) throws -> BackboneOutput {
    let x = x.item
    try configuration.shape.check(x, of: "Mamba")
    let condition = try embedder(time, conditions).sum
    let mixed = try trunk(
      patches(x) + positions.value, TokenCompanions(condition: condition), context)
    let item = try configuration.shape.assembled(final(mixed.tokens, condition).patches)
    return BackboneOutput(DiffusionState(item), projections: mixed.projections)
  }
}
