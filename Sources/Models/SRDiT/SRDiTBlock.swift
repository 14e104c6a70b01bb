import Nets
import Tensors

/// One transformer block of SR-DiT: attention and MLP, each normalised, modulated and gated by the
/// condition.
///
/// - Source: DiT's adaLN-zero block, arXiv 2212.09748, with RMS norms (ε 1e-6, no gain), normalised
///   queries and keys, and value residual in all blocks but the first.
final class SRDiTBlock: Module {
  private let norm: RMSNorm
  private let attention: Attention
  private let mlp: MLP
  private let modulation: Linear

  init(_ size: SiTSize, hidden: Int, mixesFirstValues: Bool) throws {
    norm = try RMSNorm(width: size.width, gain: false)
    attention = try Attention(
      width: size.width, heads: size.heads,
      options: AttentionOptions(
        queryKeyNormEpsilon: RMSNorm.implicitEpsilon, mixesFirstValues: mixesFirstValues))
    mlp = try MLP(width: size.width, hidden: hidden)
    modulation = try Linear(size.width, 6 * size.width, weight: .zeros)
  }

  var members: [Member] {
    [.module("attn", attention), .module("mlp", mlp), .module("adaLN_modulation.1", modulation)]
  }

  /// Also returns the attention's own values, unless a policy answered in its place.
  func callAsFunction(
    _ x: Tensor, _ companions: TokenCompanions, index: Int, _ context: ForwardContext
  ) throws -> (tokens: Tensor, values: Tensor?) {
    // Shift, scale and gate of the attention, then of the MLP, each [batch, 1, width].
    let parts = try modulation(companions.condition).unsqueezed(1).chunks(6, dim: -1)
    let attentionInput = try norm(x) * (1 + parts[1]) + parts[0]
    var values: Tensor?
    let attended = try context.output(at: .attention(index), input: attentionInput) { rows in
      let chosen = try companions.of(rows)
      let result = try attention.attend(
        rows.of(attentionInput), rotary: chosen.rotary, firstValues: chosen.firstValues)
      values = result.values
      return result.output
    }
    let middle = try x + parts[2] * attended
    let mlpInput = try norm(middle) * (1 + parts[4]) + parts[3]
    let widened = try context.output(at: .mlp(index), input: mlpInput) { rows in
      try mlp(rows.of(mlpInput))
    }
    return (try middle + parts[5] * widened, values)
  }
}

/// What belongs to the tokens under way and has to be chosen along with them.
struct TokenCompanions {
  /// Time and label, `[batch, width]`.
  var condition: Tensor
  /// The rotations of the tokens.
  var rotary: RotaryTable
  /// The first block's values, `[batch, heads, tokens, head width]`; `nil` in the first block.
  var firstValues: Tensor?

  /// Those of the tokens at some `[batch, kept]` positions, or of all.
  func gathered(at positions: Tensor?) throws -> TokenCompanions {
    guard let positions else { return self }
    let values = try firstValues.map { values in
      let (heads, width) = (values.shape[1], values.shape[3])
      let places = try positions.unsqueezed(1).unsqueezed(-1)
        .expanded([positions.shape[0], heads, positions.shape[1], width])
      return try values.gathered(2, places)
    }
    return try TokenCompanions(
      condition: condition, rotary: rotary.gathered(at: positions), firstValues: values)
  }

  /// Those of some rows of the batch.
  func of(_ rows: BatchRows) throws -> TokenCompanions {
    try TokenCompanions(
      condition: rows.of(condition), rotary: rotary.of(rows),
      firstValues: firstValues.map(rows.of))
  }
}
