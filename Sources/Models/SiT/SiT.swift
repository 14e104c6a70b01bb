import Diagnostics
import Nets
import Tensors

/// SiT: the diffusion transformer with adaptive layer norms, plain or with the options of SR-DiT.
///
/// - Time: `t = 0` is data, `t = 1` is noise; used as it is, in [0, 1].
/// - Shapes: see ``Backbone``. Tokens are patches in row-major order, after the class token if there is
///   one; an output token is laid out as (row in patch, column in patch, channel).
/// - Source: DiT, arXiv 2212.09748, and SiT, arXiv 2401.08740: LayerNorm without affine (ε 1e-6),
///   adaLN-zero, qkv bias, tanh-GELU, sin-cos positions. With the options of
///   ``SiTConfiguration/speedrun(teacherWidth:projectorWidth:)`` it is SR-DiT, arXiv 2512.12386.
///   Matches fixtures `sit_tiny`, `tread_tiny`, `srdit_tiny` and `srdit_b1_init`.
/// - Departs: no learned variance, so the last layer has as many outputs as the state has values.
public final class SiT: PatchBackbone {
  /// The configuration that the model was built from.
  public let configuration: SiTConfiguration
  let patches: PatchEmbedding
  let embedder: ConditionEmbedder
  let classToken: ClassTokenEmbedding?
  private let positions: Parameter
  private let rotations: RotaryPositions?
  let trunk: Trunk
  private let final: SiTFinalLayer

  /// Builds a model with zero weights; ``Module/initialize(seed:)`` or a checkpoint fills them.
  ///
  /// - Throws: ``PeregrineError`` `.usage` if the configuration is inconsistent.
  public init(_ configuration: SiTConfiguration) throws {
    try configuration.validate()
    self.configuration = configuration
    let (size, shape, options) = (configuration.size, configuration.shape, configuration.options)
    patches = try PatchEmbedding(
      channels: shape.channels, patch: shape.patch, width: size.width)
    embedder = try ConditionEmbedder(shape.conditions, width: size.width)
    classToken = try options.classTokenWidth.map {
      try ClassTokenEmbedding(teacherWidth: $0, width: size.width)
    }
    let classPosition = [Float](repeating: 0, count: classToken == nil ? 0 : size.width)
    positions = try Parameter(
      shape: [1, configuration.tokenCount, size.width],
      .table(classPosition + SinCosPositions.table(side: shape.grid, width: size.width)),
      isTrainable: false)
    rotations =
      options.isRotary
      ? try RotaryPositions(side: shape.grid, headWidth: size.width / size.heads) : nil
    let blocks = try (0..<size.depth).map { index in
      try SiTBlock(
        size, hidden: configuration.hidden(ofBlock: index), index: index, options: options)
    }
    trunk = try Trunk(blocks, width: size.width, options: options)
    final = try SiTFinalLayer(
      width: size.width, outputs: shape.patchValues, options: options)
  }

  /// Checkpoint names and order as in the public SiT, DiT and SR-DiT code.
  public var members: [Member] {
    trunk.members(.first) + [.parameter("pos_embed", positions)] + trunk.members(.afterPositions)
      + [.module("x_embedder.proj", patches)] + embedder.members + trunk.blockMembers
      + trunk.members(.afterBlocks) + [.module("final_layer", final)]
      + (classToken?.members ?? []) + (rotations.map { [.module("feat_rope", $0)] } ?? [])
  }

  /// Predicts the velocity, or the target that the objective trained.
  public func callAsFunction(
    _ x: DiffusionState, time: Tensor, conditions: Conditions, context: ForwardContext
  ) throws -> BackboneOutput {
    try checkShapes(of: x)
    let condition = try embedder(time, conditions).sum
    let companions = TokenCompanions(condition: condition, rotary: try rotary)
    let mixed = try trunk(embedded(x), companions, context)
    let ends = try final(mixed.tokens, condition)
    let item = try configuration.shape.assembled(ends.patches)
    return BackboneOutput(
      DiffusionState(item, classToken: ends.classToken), projections: mixed.projections)
  }

  /// Embeds a state as tokens and adds their positions.
  private func embedded(_ x: DiffusionState) throws -> Tensor {
    var tokens = try patches(x.item)
    if let classToken, let token = x.classToken {
      tokens = try Tensor.concatenated([classToken(token).unsqueezed(1), tokens], dim: 1)
    }
    return try tokens + positions.value
  }

  /// The RoPE table of the full sequence; a class token is not rotated.
  private var rotary: RotaryTable? {
    get throws {
      guard let table = rotations?.table else { return nil }
      return classToken == nil ? table : try table.prepending(unturned: 1)
    }
  }

  private func checkShapes(of x: DiffusionState) throws {
    try configuration.shape.check(x.item, of: "SiT")
    let expected = classTokenWidth.map { [x.item.shape[0], $0] }
    guard x.classToken?.shape == expected else {
      throw PeregrineError(
        .shapeMismatch, doing: "running a SiT",
        found: x.classToken.map { "a class token of shape \($0.shape)" } ?? "no class token",
        expected: expected.map { "one of shape \($0)" } ?? "none: the model has no place for it")
    }
  }
}

// MARK: Sizes

extension SiT {
  /// The number of patches, and the class token if there is one.
  public var tokenCount: Int { configuration.tokenCount }

  /// The width of the class token; `nil` without REG.
  public var classTokenWidth: Int? { configuration.options.classTokenWidth }

  /// Counts linear layers and attention; norms and activations cost little in comparison.
  public var forwardFLOPs: Double {
    let width = configuration.size.width
    let classToken = 2 * 2 * Double((classTokenWidth ?? 0) * width)
    let ends = configuration.shape.endFLOPs(width: width) + classToken
    let blocks = (0..<depth).reduce(0) { $0 + blockFLOPs($1, tokens: tokenCount) }
    return blocks + trunk.extensionFLOPs(tokens: tokenCount) + ends
  }
}
