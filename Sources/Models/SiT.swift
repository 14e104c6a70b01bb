import Diagnostics
import Nets
import Tensors

/// SiT: the plain diffusion transformer with adaptive layer normalisation.
///
/// - Time: `t = 0` is data, `t = 1` is noise; read as it is, in [0, 1].
/// - Shapes: see ``Backbone``. Tokens are patches row by row; an output token is laid out
///   (row in patch, column in patch, channel).
/// - Source: DiT, arXiv 2212.09748, and SiT, arXiv 2401.08740: LayerNorm without affine (ε 1e-6),
///   adaLN-zero, qkv bias, tanh-GELU, sin-cos positions. Matches fixtures `tread_tiny` and `sit_tiny`.
/// - Departs: no learned variance, so the last layer has as many outputs as the state has values.
public final class SiT: Backbone {
  /// What the model was built from.
  public let configuration: SiTConfiguration
  private let patches: PatchEmbedding
  private let time: TimeEmbedding
  private let label: Embedding
  private let positions: Parameter
  private let blocks: [SiTBlock]
  private let final: SiTFinalLayer

  /// Builds a model with zero weights; ``Module/initialize(seed:)`` or a checkpoint fills them.
  ///
  /// - Throws: ``PeregrineError`` `.usage` when patch, width or heads do not fit.
  public init(_ configuration: SiTConfiguration) throws {
    let (size, patch) = (configuration.size, configuration.patch)
    guard configuration.side % patch == 0, size.width % 4 == 0, configuration.classCount > 0 else {
      throw PeregrineError(
        .usage, doing: "building a SiT",
        found: "side \(configuration.side), patch \(patch), width \(size.width), "
          + "\(configuration.classCount) classes",
        expected:
          "a side that is a multiple of the patch, a width that is a multiple of 4, a class",
        advice: "Choose another patch size, for example by another preset.")
    }
    self.configuration = configuration
    let grid = configuration.side / patch
    patches = try PatchEmbedding(
      channels: configuration.channels, patch: patch, width: size.width)
    time = try TimeEmbedding(width: size.width)
    label = try Embedding(entries: configuration.classCount + 1, width: size.width)
    positions = try Parameter(
      shape: [1, grid * grid, size.width],
      .table(SinCosPositions.table(side: grid, width: size.width)), isTrainable: false)
    blocks = try (0..<size.depth).map { _ in
      try SiTBlock(size, hidden: configuration.mlpRatio * size.width)
    }
    final = try SiTFinalLayer(
      width: size.width, outputs: patch * patch * configuration.channels)
  }

  /// Checkpoint names as in the public SiT and DiT code.
  public var members: [Member] {
    [
      .parameter("pos_embed", positions), .module("x_embedder.proj", patches),
      .module("t_embedder", time), .module("y_embedder.embedding_table", label),
    ] + blocks.enumerated().map { .module("blocks.\($0)", $1) }
      + [.module("final_layer", final)]
  }

  /// `[channels, side, side]`.
  public var itemShape: [Int] {
    [configuration.channels, configuration.side, configuration.side]
  }

  /// The number of patches.
  public var tokenCount: Int { positions.value.shape[1] }

  /// The number of classes.
  public var classCount: Int { configuration.classCount }

  /// The number of blocks.
  public var depth: Int { blocks.count }

  /// Counts linear layers and attention; norms and activations are small beside them.
  public var forwardFLOPs: Double {
    let width = Double(configuration.size.width)
    let inputs = Double(configuration.channels * configuration.patch * configuration.patch)
    let ends =
      2 * Double(tokenCount) * inputs * width + (256 + width) * width + 2 * width * width
    return Double(depth) * blockFLOPs(tokens: tokenCount) + 2 * ends
  }

  /// Projections and MLP, attention, modulation.
  public func blockFLOPs(tokens: Int) -> Double {
    let (width, tokens) = (Double(configuration.size.width), Double(tokens))
    return 2
      * (tokens * (4 + 2 * Double(configuration.mlpRatio)) * width * width
        + 2 * tokens * tokens * width + 6 * width * width)
  }

  /// Predicts the velocity, or whatever the objective trained.
  public func callAsFunction(
    _ x: Tensor, time: Tensor, labels: Tensor, context: ForwardContext = .plain
  ) throws -> Tensor {
    guard x.shape.count == 4, Array(x.shape.dropFirst()) == itemShape else {
      throw PeregrineError(
        .shapeMismatch, doing: "running a SiT", found: "a state of shape \(x.shape)",
        expected: "[batch] + \(itemShape)")
    }
    let condition = try (self.time(time) + label(labels)).silu()
    let tokens = try patches(x) + positions.value
    let mixed = try context.output(at: .stack, input: tokens) { rows in
      try run(rows.of(tokens), rows.of(condition), context)
    }
    return try final(mixed, condition).assemblingPatches(
      channels: configuration.channels, patch: configuration.patch, side: configuration.side)
  }

  /// All blocks, with the route's detours.
  private func run(_ tokens: Tensor, _ condition: Tensor, _ context: ForwardContext) throws
    -> Tensor
  {
    var sequence = TokenSequence(tokens)
    for (index, block) in blocks.enumerated() {
      sequence = try context.route?.enter(block: index, sequence) ?? sequence
      let input = sequence.tokens
      sequence.tokens = try context.output(at: .block(index), input: input) { rows in
        try block(rows.of(input), rows.of(condition), index: index, context)
      }
      sequence = try context.route?.leave(block: index, sequence) ?? sequence
    }
    return sequence.tokens
  }

}

/// One transformer block: attention and MLP, each normalised, modulated and gated by the condition.
private final class SiTBlock: Module {
  private let norm: LayerNorm
  private let attention: Attention
  private let mlp: MLP
  private let modulation: Linear

  init(_ size: SiTSize, hidden: Int) throws {
    norm = try LayerNorm(width: size.width, affine: false)
    attention = try Attention(width: size.width, heads: size.heads)
    mlp = try MLP(width: size.width, hidden: hidden)
    modulation = try Linear(size.width, 6 * size.width, weight: .zeros)
  }

  var members: [Member] {
    [.module("attn", attention), .module("mlp", mlp), .module("adaLN_modulation.1", modulation)]
  }

  func callAsFunction(
    _ x: Tensor, _ condition: Tensor, index: Int, _ context: ForwardContext
  ) throws -> Tensor {
    // Shift, scale and gate of the attention, then of the MLP, each [batch, 1, width].
    let parts = try modulation(condition).unsqueezed(1).chunks(6, dim: -1)
    let attentionInput = try norm(x) * (1 + parts[1]) + parts[0]
    let attended = try context.output(at: .attention(index), input: attentionInput) { rows in
      try attention(rows.of(attentionInput))
    }
    let middle = try x + parts[2] * attended
    let mlpInput = try norm(middle) * (1 + parts[4]) + parts[3]
    let widened = try context.output(at: .mlp(index), input: mlpInput) { rows in
      try mlp(rows.of(mlpInput))
    }
    return try middle + parts[5] * widened
  }
}

/// The last layer: a modulated norm and a projection, zero at first.
private final class SiTFinalLayer: Module {
  private let norm: LayerNorm
  private let linear: Linear
  private let modulation: Linear

  init(width: Int, outputs: Int) throws {
    norm = try LayerNorm(width: width, affine: false)
    linear = try Linear(width, outputs, weight: .zeros)
    modulation = try Linear(width, 2 * width, weight: .zeros)
  }

  var members: [Member] {
    [.module("linear", linear), .module("adaLN_modulation.1", modulation)]
  }

  func callAsFunction(_ x: Tensor, _ condition: Tensor) throws -> Tensor {
    let parts = try modulation(condition).unsqueezed(1).chunks(2, dim: -1)
    return try linear(norm(x) * (1 + parts[1]) + parts[0])
  }
}
