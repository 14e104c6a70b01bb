import Nets
import Tensors

/// A transformer block in which every layer preserves magnitudes.
///
/// Tokens are normalised at the start. Attention and MLP are each multiplied, between their two
/// layers, by `1 + gain·embedding`, where the gain starts at 0, and mixed in with a share of 0.3.
/// The output is clamped to ±256.
/// - Source: EDM2's encoder block, arXiv 2312.02696, appendix B, on tokens instead of pixels.
final class MagnitudePreservingBlock: TrunkBlock {
  private static let branchShare = 0.3
  private static let largestActivation = 256.0
  private let attention: MagnitudePreservingAttention
  private let mlp: MagnitudePreservingMLP

  private let width: Int
  private let hidden: Int

  init(_ size: TransformerSize, hidden: Int) throws {
    width = size.width
    self.hidden = hidden
    attention = try MagnitudePreservingAttention(width: size.width, heads: size.heads)
    mlp = try MagnitudePreservingMLP(width: size.width, hidden: hidden)
  }

  var members: [Member] { [.module("attn", attention), .module("mlp", mlp)] }

  func callAsFunction(
    _ x: Tensor, _ companions: TokenCompanions, index: Int, _ context: ForwardContext
  ) throws -> (tokens: Tensor, values: Tensor?) {
    let condition = companions.condition
    let tokens = try x.unitMagnitude()
    let attended = try context.output(
      at: .attention(index), flops: cost(tokens: x.shape[1]).mixing, input: tokens
    ) { rows in
      try attention(rows.of(tokens), rows.of(condition))
    }
    let middle = try tokens.magnitudePreservingSum(attended, share: Self.branchShare)
    let widened = try context.output(
      at: .mlp(index), flops: cost(tokens: x.shape[1]).feedForward, input: middle
    ) { rows in
      try mlp(rows.of(middle), rows.of(condition))
    }
    let output = try middle.magnitudePreservingSum(widened, share: Self.branchShare)
    return (try output.clamped(-Self.largestActivation, Self.largestActivation), nil)
  }

  func modulatedInput(_ x: Tensor, _ companions: TokenCompanions) throws -> Tensor {
    try x.unitMagnitude()
  }

  func cost(tokens: Int) -> BlockCost {
    BlockCost(
      tokens: tokens, width: width, hidden: hidden, matrices: 2, modulated: width + hidden)
  }
}

/// The factor of a branch, `1 + gain·embedding`; initially 1.
private final class BranchFactor: Module {
  private let layer: MagnitudePreservingLinear
  private let gain: Parameter

  init(width: Int, outputs: Int) throws {
    layer = try MagnitudePreservingLinear(width, outputs)
    gain = try Parameter(shape: [], .zeros)
  }

  var members: [Member] { layer.members + [.parameter("gain", gain)] }

  func constrainParameters() throws { try layer.constrainParameters() }

  /// `[batch, 1, outputs]`.
  func callAsFunction(_ condition: Tensor) throws -> Tensor {
    try (layer(condition) * gain.value + 1).unsqueezed(1)
  }
}

/// Self-attention with queries, keys and values normalised to magnitude 1 over each head's channels.
private final class MagnitudePreservingAttention: Module {
  private let heads: Int
  private let projection: MagnitudePreservingLinear
  private let factor: BranchFactor
  private let output: MagnitudePreservingLinear

  init(width: Int, heads: Int) throws {
    self.heads = heads
    projection = try MagnitudePreservingLinear(width, 3 * width)
    factor = try BranchFactor(width: width, outputs: width)
    output = try MagnitudePreservingLinear(width, width)
  }

  var members: [Member] {
    [.module("qkv", projection), .module("embedder", factor), .module("proj", output)]
  }

  func callAsFunction(_ x: Tensor, _ condition: Tensor) throws -> Tensor {
    let (batch, tokens, width) = (x.shape[0], x.shape[1], x.shape[2])
    // [batch, tokens, (q k v) head d] -> (q k v) [batch, head, tokens, d]
    let parts = try projection(x).reshaped([batch, tokens, 3, heads, width / heads])
      .unitMagnitude().permuted([2, 0, 3, 1, 4])
      .chunks(3, dim: 0).map { try $0.squeezed(0) }
    let scale = 1 / Double(width / heads).squareRoot()
    let attended = try parts[0].attention(keys: parts[1], values: parts[2], scale: scale)
    let joined = try attended.permuted([0, 2, 1, 3]).reshaped([batch, tokens, width])
    return try output(joined * factor(condition))
  }
}

/// Two linear layers with SiLU between them.
private final class MagnitudePreservingMLP: Module {
  private let widen: MagnitudePreservingLinear
  private let factor: BranchFactor
  private let narrow: MagnitudePreservingLinear

  init(width: Int, hidden: Int) throws {
    widen = try MagnitudePreservingLinear(width, hidden)
    factor = try BranchFactor(width: width, outputs: hidden)
    narrow = try MagnitudePreservingLinear(hidden, width)
  }

  var members: [Member] {
    [.module("fc1", widen), .module("embedder", factor), .module("fc2", narrow)]
  }

  func callAsFunction(_ x: Tensor, _ condition: Tensor) throws -> Tensor {
    try narrow((widen(x) * factor(condition)).magnitudePreservingSiLU())
  }
}
