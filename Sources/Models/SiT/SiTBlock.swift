import Nets
import Tensors

/// A transformer block: attention and MLP, each with a norm, modulated and gated by the condition.
///
/// - Source: DiT's adaLN-zero block, arXiv 2212.09748; the options are those of SR-DiT.
final class SiTBlock: TrunkBlock {
  private let norm: NormKind
  private let attention: Attention
  private let feedForward: any FeedForwardLayer
  private let modulation: Linear
  private let width: Int
  private let hidden: Int
  /// How many matrices of size `width · hidden` the feed-forward layers have.
  private let matrices: Int

  init(_ size: TransformerSize, hidden: Int, index: Int, options: BackboneOptions) throws {
    norm = options.norm
    width = size.width
    self.hidden = hidden
    matrices = options.feedForward == .gelu ? 2 : 3
    attention = try Attention(
      width: size.width, heads: size.heads,
      options: AttentionOptions(
        queryKeyNormEpsilon: options.normalizesQueriesAndKeys ? RMSNorm.implicitEpsilon : nil,
        mixesFirstValues: options.mixesFirstValues && index > 0))
    feedForward =
      switch options.feedForward {
      case .gelu: try MLP(width: size.width, hidden: hidden)
      case .swiglu: try SwiGLU(width: size.width, hidden: hidden)
      }
    modulation = try Linear(size.width, 6 * size.width, weight: .zeros)
  }

  var members: [Member] {
    [
      .module("attn", attention), .module("mlp", feedForward),
      .module("adaLN_modulation.1", modulation),
    ]
  }

  func callAsFunction(
    _ x: Tensor, _ companions: TokenCompanions, index: Int, _ context: ForwardContext
  ) throws -> (tokens: Tensor, values: Tensor?) {
    // Shift, scale and gate of the attention, then of the MLP, each [batch, 1, width].
    let parts = try modulated(companions)
    let attentionInput = try x.modulatedNorm(
      norm, shift: parts[0], scale: parts[1], epsilon: 1e-6)
    var values: Tensor?
    let attended = try context.output(
      at: .attention(index), flops: cost(tokens: x.shape[1]).mixing, input: attentionInput
    ) { rows in
      let chosen = try companions.of(rows)
      let result = try attention.attend(
        rows.of(attentionInput), rotary: chosen.rotary, firstValues: chosen.firstValues)
      values = result.values
      return result.output
    }
    let middle = try x.adding(attended, gatedBy: parts[2])
    let mlpInput = try middle.modulatedNorm(
      norm, shift: parts[3], scale: parts[4], epsilon: 1e-6)
    let widened = try context.output(
      at: .mlp(index), flops: cost(tokens: x.shape[1]).feedForward, input: mlpInput
    ) { rows in
      try feedForward(rows.of(mlpInput))
    }
    return (try middle.adding(widened, gatedBy: parts[5]), values)
  }

  private func modulated(_ companions: TokenCompanions) throws -> [Tensor] {
    try modulation(companions.condition).unsqueezed(1).chunks(6, dim: -1)
  }

  func modulatedInput(_ x: Tensor, _ companions: TokenCompanions) throws -> Tensor {
    let parts = try modulated(companions)
    return try x.modulatedNorm(norm, shift: parts[0], scale: parts[1], epsilon: 1e-6)
  }

  func cost(tokens: Int) -> BlockCost {
    BlockCost(
      tokens: tokens, width: width, hidden: hidden, matrices: matrices, modulated: 6 * width)
  }
}
