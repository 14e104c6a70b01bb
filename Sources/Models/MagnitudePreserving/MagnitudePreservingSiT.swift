import Nets
import Tensors

/// A diffusion transformer built from EDM2's magnitude-preserving layers: our own experiment.
///
/// EDM2 designed these layers for a U-Net; we know of no publication that uses them in a transformer.
/// Every layer preserves the magnitude of its input, the learning rate alone decides how fast weights
/// change direction, and no layer has a bias: patches get a constant 1 as an extra value instead.
/// Adaptive norms are replaced by EDM2's factors, see ``MagnitudePreservingBlock``.
/// - Time: `t = 0` is data, `t = 1` is noise; used in [0, 1].
/// - Shapes: see ``Backbone``. Tokens are patches in row-major order; an output token is laid out as
///   (row in patch, column in patch, channel).
/// - Source: layers of Karras et al., EDM2, arXiv 2312.02696, section 2; sizes of SiT.
/// - Departs: no preconditioning of the state, because the objective's path keeps its magnitude
///   within a factor of √2 of 1; sin-cos positions, mixed in with a share of 0.5.
public final class MagnitudePreservingSiT: PatchBackbone {
  /// The configuration that the model was built from.
  public let configuration: MagnitudePreservingSiTConfiguration
  private let patches: MagnitudePreservingLinear
  private let embedder: ConditionEmbedder
  private let positions: Parameter
  let trunk: Trunk
  private let output: MagnitudePreservingLinear
  private let outputGain: Parameter

  /// Builds a model with zero weights; ``Module/initialize(seed:)`` or a checkpoint fills them.
  ///
  /// - Throws: ``PeregrineError`` `.usage` if patch, width or heads do not fit.
  public init(_ configuration: MagnitudePreservingSiTConfiguration) throws {
    let shape = configuration.shape
    try shape.check("MP-SiT", configuration.size)
    self.configuration = configuration
    let width = configuration.size.width
    patches = try MagnitudePreservingLinear(shape.patchValues + 1, width)
    embedder = try ConditionEmbedder(magnitudePreserving: shape.conditions, width: width)
    // Sines and cosines have magnitude 1/√2, so they are scaled by √2.
    positions = try Parameter(
      shape: [1, shape.patchCount, width],
      .table(
        SinCosPositions.table(side: shape.grid, width: width)
          .map { $0 * Float(2).squareRoot() }), isTrainable: false)
    trunk = try Trunk(
      (0..<configuration.depth).map { _ in
        try MagnitudePreservingBlock(configuration.size, hidden: configuration.hidden)
      }, width: width, options: configuration.options)
    output = try MagnitudePreservingLinear(width, shape.patchValues)
    outputGain = try Parameter(shape: [], .zeros)
  }

  /// Checkpoint names like those of SiT.
  public var members: [Member] {
    trunk.members(.first) + [.parameter("pos_embed", positions)] + trunk.members(.afterPositions)
      + [.module("x_embedder", patches)] + embedder.members + trunk.blockMembers
      + trunk.members(.afterBlocks)
      + [.module("final_layer.linear", output), .parameter("final_layer.gain", outputGain)]
  }

  /// Predicts the velocity, or the target that the objective trained.
  public func callAsFunction(
    _ x: DiffusionState, time: Tensor, conditions: Conditions, context: ForwardContext
  ) throws -> BackboneOutput {
    try configuration.shape.check(x.item, of: "MP-SiT")
    let condition = try embedder(time, conditions).sum
    let tokens = try embedded(x.item).magnitudePreservingSum(positions.value, share: 0.5)
    let mixed = try trunk(tokens, TokenCompanions(condition: condition), context)
    let item = try configuration.shape.assembled(output(mixed.tokens) * outputGain.value)
    return BackboneOutput(DiffusionState(item), projections: mixed.projections)
  }

  /// Embeds the patches, each with a constant 1 appended to its values.
  private func embedded(_ item: Tensor) throws -> Tensor {
    let values = try item.cutIntoPatches(configuration.shape.patch)
    let ones = try Tensor.ones(
      values.shape.dropLast() + [1], dtype: values.dtype, device: values.device)
    return try patches(Tensor.concatenated([values, ones], dim: -1))
  }
}

// MARK: Sizes

extension MagnitudePreservingSiT {
  /// Counts linear layers and attention; normalisations and activations cost little in comparison.
  public var forwardFLOPs: Double {
    let width = Double(configuration.size.width)
    let ends = 2 * Double(tokenCount * configuration.shape.patchValues) * width + 256 * width
    let blocks = Double(depth) * blockFLOPs(0, tokens: tokenCount)
    return blocks + trunk.extensionFLOPs(tokens: tokenCount) + 2 * ends
  }
}
