import Diagnostics
import Nets
import Tensors

/// A transformer block: attention and SwiGLU, each with a norm, modulated and gated by the condition.
final class JLTBlock: TrunkBlock {
  private let attentionNorm: RMSNorm
  private let attention: Attention
  private let mlpNorm: RMSNorm
  private let mlp: SwiGLU
  private let modulation: Linear
  private let width: Int
  private let hidden: Int

  init(_ configuration: JLTConfiguration, index: Int) throws {
    width = configuration.size.width
    hidden = configuration.hidden(ofBlock: index)
    guard hidden > 0 else {
      throw PeregrineError(
        .usage, doing: "building block \(index) of a JLT", found: "an MLP of \(hidden) values",
        expected: "at least 1", advice: "Choose a larger MLP ratio.")
    }
    attentionNorm = try RMSNorm(width: width, gain: true)
    attention = try Attention(
      width: width, heads: configuration.size.heads,
      options: AttentionOptions(queryKeyNormEpsilon: 1e-6))
    mlpNorm = try RMSNorm(width: width, gain: true)
    mlp = try SwiGLU(width: width, hidden: hidden)
    modulation = try Linear(width, 6 * width, weight: .zeros)
  }

  var members: [Member] {
    [
      .module("norm1", attentionNorm), .module("attn", attention), .module("norm2", mlpNorm),
      .module("mlp", mlp), .module("adaLN_modulation.1", modulation),
    ]
  }

  func callAsFunction(
    _ x: Tensor, _ companions: TokenCompanions, index: Int, _ context: ForwardContext
  ) throws -> (tokens: Tensor, values: Tensor?) {
    // Shift, scale and gate of the attention, then of the MLP, each [batch, 1, width].
    let parts = try modulation(companions.condition).unsqueezed(1).chunks(6, dim: -1)
    let attentionInput = try attentionNorm.modulated(x, shift: parts[0], scale: parts[1])
    let attended = try context.output(
      at: .attention(index), flops: cost(tokens: x.shape[1]).mixing, input: attentionInput
    ) { rows in
      try attention(rows.of(attentionInput), rotary: companions.of(rows).rotary)
    }
    let middle = try x.adding(attended, gatedBy: parts[2])
    let mlpInput = try mlpNorm.modulated(middle, shift: parts[3], scale: parts[4])
    let widened = try context.output(
      at: .mlp(index), flops: cost(tokens: x.shape[1]).feedForward, input: mlpInput
    ) { rows in
      try mlp(rows.of(mlpInput))
    }
    return (try middle.adding(widened, gatedBy: parts[5]), nil)
  }

  func modulatedInput(_ x: Tensor, _ companions: TokenCompanions) throws -> Tensor {
    let parts = try modulation(companions.condition).unsqueezed(1).chunks(6, dim: -1)
    return try attentionNorm.modulated(x, shift: parts[0], scale: parts[1])
  }

  func cost(tokens: Int) -> BlockCost {
    BlockCost(tokens: tokens, width: width, hidden: hidden, matrices: 3, modulated: 6 * width)
  }
}

/// The last layer: a modulated norm and a projection, initialised to zero.
final class JLTFinalLayer: Module {
  private let norm: RMSNorm
  private let linear: Linear
  private let modulation: Linear

  init(width: Int, outputs: Int) throws {
    norm = try RMSNorm(width: width, gain: true)
    linear = try Linear(width, outputs, weight: .zeros)
    modulation = try Linear(width, 2 * width, weight: .zeros)
  }

  var members: [Member] {
    [
      .module("norm_final", norm), .module("linear", linear),
      .module("adaLN_modulation.1", modulation),
    ]
  }

  func callAsFunction(_ x: Tensor, _ condition: Tensor) throws -> Tensor {
    let parts = try modulation(condition).unsqueezed(1).chunks(2, dim: -1)
    return try linear(norm.modulated(x, shift: parts[0], scale: parts[1]))
  }
}
