import Nets
import Tensors

/// One transformer block: attention and SwiGLU, each normalised, modulated and gated by the condition.
final class JLTBlock: Module {
  private let attentionNorm: RMSNorm
  private let attention: JLTAttention
  private let mlpNorm: RMSNorm
  private let mlp: SwiGLU
  private let modulation: Linear

  init(_ configuration: JLTConfiguration) throws {
    let width = configuration.width
    attentionNorm = try RMSNorm(width: width, gain: true)
    attention = try JLTAttention(width: width, heads: configuration.heads)
    mlpNorm = try RMSNorm(width: width, gain: true)
    mlp = try SwiGLU(width: width, hidden: configuration.hidden)
    modulation = try Linear(width, 6 * width, weight: .zeros)
  }

  var members: [Member] {
    [
      .module("norm1", attentionNorm), .module("attn", attention), .module("norm2", mlpNorm),
      .module("mlp", mlp), .module("adaLN_modulation.1", modulation),
    ]
  }

  func callAsFunction(
    _ x: Tensor, _ condition: Tensor, _ rotation: TokenRotation, index: Int,
    _ context: ForwardContext
  ) throws -> Tensor {
    // Shift, scale and gate of the attention, then of the MLP, each [batch, 1, width].
    let parts = try modulation(condition).unsqueezed(1).chunks(6, dim: -1)
    let attentionInput = try attentionNorm(x) * (1 + parts[1]) + parts[0]
    let attended = try context.output(at: .attention(index), input: attentionInput) { rows in
      try attention(rows.of(attentionInput), rotation.of(rows))
    }
    let middle = try x + parts[2] * attended
    let mlpInput = try mlpNorm(middle) * (1 + parts[4]) + parts[3]
    let widened = try context.output(at: .mlp(index), input: mlpInput) { rows in
      try mlp(rows.of(mlpInput))
    }
    return try middle + parts[5] * widened
  }
}

/// The last layer: a modulated norm and a projection, zero at first.
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
    return try linear(norm(x) * (1 + parts[1]) + parts[0])
  }
}

/// Self-attention whose queries and keys are normalised per head and then turned by their positions.
private final class JLTAttention: Module {
  private let heads: Int
  private let queryNorm: RMSNorm
  private let keyNorm: RMSNorm
  private let projection: Linear
  private let output: Linear

  init(width: Int, heads: Int) throws {
    self.heads = heads
    queryNorm = try RMSNorm(width: width / heads, gain: true)
    keyNorm = try RMSNorm(width: width / heads, gain: true)
    projection = try Linear(width, 3 * width)
    output = try Linear(width, width)
  }

  var members: [Member] {
    [
      .module("q_norm", queryNorm), .module("k_norm", keyNorm), .module("qkv", projection),
      .module("proj", output),
    ]
  }

  func callAsFunction(_ x: Tensor, _ rotation: TokenRotation) throws -> Tensor {
    let (batch, tokens, width) = (x.shape[0], x.shape[1], x.shape[2])
    // [batch, tokens, (q k v) head d] -> (q k v) [batch, head, tokens, d]
    let parts = try projection(x)
      .reshaped([batch, tokens, 3, heads, width / heads])
      .permuted([2, 0, 3, 1, 4])
      .chunks(3, dim: 0).map { try $0.squeezed(0) }
    // Norm and rotation in the dtype of the tokens; bfloat16 would blur both.
    let queries = try rotation.rotate(queryNorm(parts[0].to(x.dtype)))
    let keys = try rotation.rotate(keyNorm(parts[1].to(x.dtype)))
    let scale = 1 / Double(width / heads).squareRoot()
    let mixed = try queries.attention(keys: keys, values: parts[2], scale: scale)
    return try output(mixed.permuted([0, 2, 1, 3]).reshaped([batch, tokens, width]))
  }
}

/// Rotations of the tokens under way: of the whole grid in order, or of kept tokens per row.
struct TokenRotation {
  /// `[batch or 1, 1, tokens, head width]`.
  private let cosines, sines: Tensor

  private init(cosines: Tensor, sines: Tensor) {
    self.cosines = cosines
    self.sines = sines
  }

  /// The rotations of all tokens in order.
  init(_ table: RotaryTable) throws {
    cosines = try table.cosines.unsqueezed(0).unsqueezed(0)
    sines = try table.sines.unsqueezed(0).unsqueezed(0)
  }

  /// Whether these rotations have the dtype and the device of a tensor.
  func fits(_ tensor: Tensor) -> Bool {
    cosines.dtype == tensor.dtype && cosines.device == tensor.device
  }

  /// The rotations of kept tokens at `positions` `[batch, kept tokens]`.
  func gathered(_ positions: Tensor) throws -> TokenRotation {
    let flat = try positions.reshaped([-1])
    let shape = [positions.shape[0], 1, positions.shape[1], cosines.shape[3]]
    return TokenRotation(
      cosines: try cosines.selecting(2, flat).reshaped(shape),
      sines: try sines.selecting(2, flat).reshaped(shape))
  }

  /// The rotations of some rows of the batch.
  func of(_ rows: BatchRows) throws -> TokenRotation {
    cosines.shape[0] == 1
      ? self : TokenRotation(cosines: try rows.of(cosines), sines: try rows.of(sines))
  }

  /// Turns queries or keys `[batch, heads, tokens, head width]`, whose channels pair up as (0,1), ….
  func rotate(_ x: Tensor) throws -> Tensor {
    let pairs = try x.reshaped(Array(x.shape.dropLast()) + [x.shape[3] / 2, 2])
    let (first, second) = (try pairs.sliced(-1, 0..<1), try pairs.sliced(-1, 1..<2))
    let turned = try Tensor.concatenated([-second, first], dim: -1).reshaped(x.shape)
    return try x * cosines + turned * sines
  }
}
