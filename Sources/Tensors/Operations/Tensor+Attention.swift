import CTorch
import Diagnostics

extension Tensor {
  /// softmax(q·kᵀ·scale)·v, with libtorch's fused kernel if one is applicable.
  ///
  /// - Shapes: `self` (the queries), `keys`, `values` and the result `[batch, heads, tokens, width]`.
  public func attention(keys: Tensor, values: Tensor, scale: Double) throws -> Tensor {
    try make("attending", [self, keys, values]) {
      ct_attention(handle, keys.handle, values.handle, scale, $0, $1)
    }
  }

  /// Self-attention on a joint projection: queries, then keys, then values, each head-major.
  ///
  /// Computed by one fused kernel if the engine has it, otherwise step by step.
  /// - Shapes: `self` `[batch, tokens, 3 · width]`; the result is the output
  ///   `[batch, tokens, width]` and the values before first values are mixed in,
  ///   `[batch, heads, tokens, head width]`.
  public func jointAttention(heads: Int, before: BeforeAttention = .nothing) throws
    -> (output: Tensor, values: Tensor)
  {
    guard shape.count == 3, heads > 0, shape[2] % (3 * heads) == 0 else {
      throw PeregrineError(
        .shapeMismatch, doing: "attending with \(heads) heads",
        found: "a projection of shape \(shape)",
        expected: "[batch, tokens, 3 · width], the width a multiple of the heads")
    }
    let (batch, tokens, width) = (shape[0], shape[1], shape[2] / 3)
    let headWidth = width / heads
    let scale = 1 / Double(headWidth).squareRoot()
    // [batch, tokens, (q k v) head d] -> (q k v) [batch, head, tokens, d]
    let parts =
      try reshaped([batch, tokens, 3, heads, headWidth])
      .permuted([2, 0, 3, 1, 4])
      .chunks(3, dim: 0).map { try $0.squeezed(0) }
    if ct_fuses_attention(handle, Int64(headWidth)) != 0 {
      return (try fusedAttention(heads: heads, scale: scale, before), parts[2])
    }
    let attended = try before.prepared(query: parts[0]).attention(
      keys: before.prepared(key: parts[1]), values: before.mixed(parts[2]), scale: scale)
    return (try attended.permuted([0, 2, 1, 3]).reshaped([batch, tokens, width]), parts[2])
  }

  private func fusedAttention(heads: Int, scale: Double, _ before: BeforeAttention) throws -> Tensor
  {
    let others = [
      before.gains?.query, before.gains?.key, before.rotations?.cosines, before.rotations?.sines,
      before.firstValues?.values, before.firstValues?.share,
    ]
    return try make("attending", [self] + others.compactMap { $0 }) {
      ct_joint_attention(
        handle, Int64(heads), scale, others[0]?.handle, others[1]?.handle, before.epsilon,
        others[2]?.handle, others[3]?.handle, others[4]?.handle, others[5]?.handle, $0, $1)
    }
  }

  /// Applies RoPE to queries or keys; neighbouring channels form pairs.
  ///
  /// - Shapes: `self` and the result `[batch, heads, tokens, head width]`; cosines and sines
  ///   `[tokens, head width]` or `[batch, 1, tokens, head width]`.
  public func rotated(cosines: Tensor, sines: Tensor) throws -> Tensor {
    let pairs = try reshaped(Array(shape.dropLast()) + [shape[shape.count - 1] / 2, 2])
    let (first, second) = (try pairs.sliced(-1, 0..<1), try pairs.sliced(-1, 1..<2))
    let turned = try Tensor.concatenated([-second, first], dim: -1).reshaped(shape)
    return try self * cosines.to(dtype) + turned * sines.to(dtype)
  }
}

/// The operations on queries, keys and values of a joint projection before attention.
public struct BeforeAttention {
  /// The gains of the RMS norms of queries and keys, `[head width]` each; `nil` for no norms.
  public var gains: (query: Tensor, key: Tensor)?
  /// The epsilon of the norms.
  public var epsilon: Double
  /// The RoPE cosines and sines of queries and keys: `[tokens, head width]` or
  /// `[batch, 1, tokens, head width]`.
  public var rotations: (cosines: Tensor, sines: Tensor)?
  /// The first block's values `[batch, heads, tokens, head width]`, and the share with which they
  /// are mixed in, a tensor of one element.
  public var firstValues: (values: Tensor, share: Tensor)?

  /// No operations.
  public static var nothing: BeforeAttention { BeforeAttention() }

  /// Creates a description; everything left out is not done.
  public init(
    gains: (query: Tensor, key: Tensor)? = nil, epsilon: Double = 0,
    rotations: (cosines: Tensor, sines: Tensor)? = nil,
    firstValues: (values: Tensor, share: Tensor)? = nil
  ) {
    self.gains = gains
    self.epsilon = epsilon
    self.rotations = rotations
    self.firstValues = firstValues
  }

  func prepared(query: Tensor) throws -> Tensor { try prepared(query, gain: gains?.query) }

  func prepared(key: Tensor) throws -> Tensor { try prepared(key, gain: gains?.key) }

  private func prepared(_ x: Tensor, gain: Tensor?) throws -> Tensor {
    // With a gain of another dtype libtorch would not use its fused kernel.
    let normed = try gain.map { try x.rmsNorm(weight: $0.to(x.dtype), epsilon: epsilon) } ?? x
    guard let rotations else { return normed }
    return try normed.rotated(cosines: rotations.cosines, sines: rotations.sines)
  }

  /// `share·v₁ + (1 − share)·v`; without first values `v` itself.
  func mixed(_ values: Tensor) throws -> Tensor {
    guard let firstValues else { return values }
    return try firstValues.share * firstValues.values + (1 - firstValues.share) * values
  }
}
