import CTorch

/// The fused operations that networks consist of.
extension Tensor {
  /// Matrix product over the last two dimensions; the others broadcast.
  public func matmul(_ other: Tensor) throws -> Tensor {
    try make("multiplying matrices", [self, other]) { ct_matmul(handle, other.handle, $0, $1) }
  }
  /// `s₀·self + s₁·(a · b)` over batches of matrices, with one rounding.
  ///
  /// - Shapes: all `[batch, rows, columns]`.
  public func addingProduct(of a: Tensor, _ b: Tensor, scales: (Double, Double)) throws -> Tensor {
    try make("adding a matrix product", [self, a, b]) {
      ct_add_product(handle, a.handle, b.handle, scales.0, scales.1, $0, $1)
    }
  }
  /// `x · weightᵀ + bias`; weight `[out, in]`.
  public func linear(_ weight: Tensor, _ bias: Tensor?) throws -> Tensor {
    try make("applying a linear layer", [self, weight] + (bias.map { [$0] } ?? [])) {
      ct_linear(handle, weight.handle, bias?.handle, $0, $1)
    }
  }
  /// A linear layer followed by GELU in its tanh form.
  public func linearGELU(_ weight: Tensor, _ bias: Tensor?) throws -> Tensor {
    try make("applying a linear layer", [self, weight] + (bias.map { [$0] } ?? [])) {
      ct_linear_gelu(handle, weight.handle, bias?.handle, $0, $1)
    }
  }
  /// Softmax along a dimension.
  public func softmax(_ dim: Int) throws -> Tensor {
    try make("taking softmax", [self]) { ct_softmax(handle, Int64(dim), $0, $1) }
  }
  /// The rows of `self` (a table `[entries, width]`) at int64 `indices`.
  public func embedding(_ indices: Tensor) throws -> Tensor {
    try make("looking up an embedding", [self, indices]) {
      ct_embedding(handle, indices.handle, $0, $1)
    }
  }
  /// Layer normalisation over the last dimension.
  public func layerNorm(weight: Tensor?, bias: Tensor?, epsilon: Double) throws -> Tensor {
    try make("normalising a layer", [self, weight, bias].compactMap { $0 }) {
      ct_layer_norm(handle, weight?.handle, bias?.handle, epsilon, $0, $1)
    }
  }
  /// Division by the root mean square over the last dimension.
  public func rmsNorm(weight: Tensor?, epsilon: Double) throws -> Tensor {
    try make("normalising a layer", [self, weight].compactMap { $0 }) {
      ct_rms_norm(handle, weight?.handle, epsilon, $0, $1)
    }
  }
  /// `norm(self) · (1 + scale) + shift` over the last dimension.
  ///
  /// - Shapes: `self` and the result `[batch, tokens, width]`, `gain` `[width]`, `shift` and `scale`
  ///   `[batch, 1, width]`.
  public func modulatedNorm(
    _ kind: NormKind, gain: Tensor? = nil, shift: Tensor, scale: Tensor, epsilon: Double
  ) throws -> Tensor {
    try make("normalising a layer", [self, gain, shift, scale].compactMap { $0 }) {
      ct_modulated_norm(
        handle, gain?.handle, shift.handle, scale.handle, epsilon, kind == .rms ? 1 : 0, $0, $1)
    }
  }
  /// `silu(gate) · value`, where the last dimension holds first the gates and then the values.
  public func swiglu() throws -> Tensor {
    try make("applying a gate", [self]) { ct_swiglu(handle, $0, $1) }
  }
  /// `self + gate · other`.
  ///
  /// - Shapes: `self`, `other` and the result `[batch, tokens, width]`, `gate` `[batch, 1, width]`.
  public func adding(_ other: Tensor, gatedBy gate: Tensor) throws -> Tensor {
    try make("adding a gated tensor", [self, gate, other]) {
      ct_add_gated(handle, gate.handle, other.handle, $0, $1)
    }
  }
  /// `base + Σ weights · terms`, row by row of the first dimension, in one pass over memory and
  /// without gradients.
  ///
  /// - Parameters:
  ///   - weights: for each row the weight of each term; a term whose weight is 0 is not read.
  ///   - base: what the sum starts from; `nil` for 0.
  /// - Shapes: all terms, `base` and the result `[rows, …]`.
  /// - Precision: sums are float32, for float64 terms float64.
  public static func weightedSum(
    _ terms: [Tensor], weights: [[Double]], base: Tensor? = nil
  ) throws -> Tensor {
    precondition(
      weights.count == terms.first?.shape.first && weights.allSatisfy { $0.count == terms.count },
      "A weighted sum needs a weight for each row and term.")
    return try terms.withHandles { handles, count in
      try make("adding up \(terms.count) tensors", terms) {
        ct_weighted_sum(handles, count, weights.flatMap { $0 }, base?.handle, $0, $1)
      }
    }
  }
  /// Group normalisation of `[batch, channels, …]`.
  public func groupNorm(groups: Int, weight: Tensor?, bias: Tensor?, epsilon: Double) throws
    -> Tensor
  {
    try make("normalising \(groups) groups", [self]) {
      ct_group_norm(handle, Int64(groups), weight?.handle, bias?.handle, epsilon, $0, $1)
    }
  }
  /// Two-dimensional convolution with square stride and zero padding.
  ///
  /// - Shapes: `self` `[batch, in, height, width]`, weight `[out, in, kernel, kernel]`.
  public func convolved(_ weight: Tensor, _ bias: Tensor?, stride: Int, padding: Int) throws
    -> Tensor
  {
    try make("convolving", [self, weight]) {
      ct_conv2d(
        handle, weight.handle, bias?.handle, Int64(stride), Int64(padding), $0, $1)
    }
  }
  /// Enlarges `[batch, channels, height, width]` by nearest neighbours.
  public func upsampledNearest(by factor: Int) throws -> Tensor {
    try make("enlarging", [self]) { ct_upsample_nearest(handle, Int64(factor), $0, $1) }
  }
}

/// What a norm divides by.
public enum NormKind: String, CaseIterable, Codable, Sendable {
  /// The standard deviation, after subtracting the mean.
  case layer
  /// The root of the mean square.
  case rms
}
