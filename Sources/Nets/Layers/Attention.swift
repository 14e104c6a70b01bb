import Diagnostics
import Tensors

/// Extensions of a plain self-attention layer; none by default.
public struct AttentionOptions: Equatable, Sendable {
  /// Normalises queries and keys over the head width, with this epsilon and a learned gain shared
  /// by all heads; `nil` means no normalisation.
  ///
  /// - Source: Dehghani et al., arXiv 2302.05442, with RMS norms instead of LayerNorm.
  public var queryKeyNormEpsilon: Double?
  /// Mixes the first block's values into this layer's with one learned weight: `λ·v₁ + (1 − λ)·v`.
  ///
  /// - Source: value residual learning, Zhou et al., arXiv 2410.17897, with a learned λ.
  public var mixesFirstValues: Bool

  /// The plain layer.
  public static let plain = AttentionOptions()

  /// Creates options; those left out are off.
  public init(queryKeyNormEpsilon: Double? = nil, mixesFirstValues: Bool = false) {
    self.queryKeyNormEpsilon = queryKeyNormEpsilon
    self.mixesFirstValues = mixesFirstValues
  }
}

/// Multi-head self-attention with one joint projection for queries, keys and values.
///
/// - Shapes: input and result `[batch, tokens, width]`. The projection's rows are q, then k, then
///   v, each head-major.
public final class Attention: Module {
  private let heads: Int
  private let projection: Linear
  private let queryNorm: RMSNorm?
  private let keyNorm: RMSNorm?
  private let firstValueWeight: Parameter?
  private let output: Linear

  /// Makes a layer.
  ///
  /// - Throws: ``PeregrineError`` `.usage` when the heads do not divide the width.
  public init(width: Int, heads: Int, options: AttentionOptions = .plain) throws {
    guard width % heads == 0 else {
      throw PeregrineError(
        .usage, doing: "building attention", found: "width \(width) and \(heads) heads",
        expected: "a width that is a multiple of the heads")
    }
    self.heads = heads
    projection = try Linear(width, 3 * width)
    let norm = { (epsilon: Double) in
      try RMSNorm(width: width / heads, gain: true, epsilon: epsilon)
    }
    queryNorm = try options.queryKeyNormEpsilon.map(norm)
    keyNorm = try options.queryKeyNormEpsilon.map(norm)
    firstValueWeight = options.mixesFirstValues ? try Parameter(shape: [], .constant(0.5)) : nil
    output = try Linear(width, width)
  }

  /// `v1_lambda`, `qkv`, `q_norm`, `k_norm`, `proj`; only those that the options need.
  public var members: [Member] {
    let mixing = firstValueWeight.map { [Member.parameter("v1_lambda", $0)] } ?? []
    let norms = [("q_norm", queryNorm), ("k_norm", keyNorm)].compactMap { name, norm in
      norm.map { Member.module(name, $0) }
    }
    return mixing + [.module("qkv", projection)] + norms + [.module("proj", output)]
  }

  /// Attention over all tokens; `rotary` first rotates queries and keys by their positions.
  public func callAsFunction(_ x: Tensor, rotary: RotaryTable? = nil) throws -> Tensor {
    try attend(x, rotary: rotary).output
  }

  /// Attention over all tokens; also returns the values before mixing.
  ///
  /// - Parameter firstValues: the first block's values of the same tokens; only read by a layer
  ///   that mixes them in.
  /// - Shapes: values `[batch, heads, tokens, head width]`.
  /// - Throws: ``PeregrineError`` `.usage` when the layer mixes in values but none are given.
  public func attend(_ x: Tensor, rotary: RotaryTable?, firstValues: Tensor? = nil) throws
    -> (output: Tensor, values: Tensor)
  {
    let before = BeforeAttention(
      gains: queryNorm?.weight.flatMap { query in
        keyNorm?.weight.map { (query.value, $0.value) }
      }, epsilon: queryNorm?.epsilon ?? 0,
      rotations: rotary.map { ($0.cosines, $0.sines) },
      firstValues: try firstValueWeight.map { (try required(firstValues), $0.value) })
    let attended = try projection(x).jointAttention(heads: heads, before: before)
    return (try output(attended.output), attended.values)
  }

  private func required(_ firstValues: Tensor?) throws -> Tensor {
    guard let firstValues else {
      throw PeregrineError(
        .usage, doing: "mixing the first block's values into a later block's",
        found: "no values of the first block")
    }
    return firstValues
  }
}
