import Tensors

/// Layer normalisation over the last dimension, with or without learned gain and bias.
public final class LayerNorm: Module {
  /// Learned gain `[width]`, if any.
  public let weight: Parameter?
  /// Learned bias `[width]`, if any.
  public let bias: Parameter?
  private let epsilon: Double

  /// Creates a layer; without `affine` it has no parameters.
  public init(width: Int, affine: Bool, epsilon: Double = 1e-6) throws {
    weight = affine ? try Parameter(shape: [width], .ones) : nil
    bias = affine ? try Parameter(shape: [width], .zeros) : nil
    self.epsilon = epsilon
  }

  /// `weight`, `bias`, or nothing.
  public var members: [Member] {
    [("weight", weight), ("bias", bias)].compactMap { name, parameter in
      parameter.map { .parameter(name, $0) }
    }
  }

  /// Applies the layer.
  public func callAsFunction(_ x: Tensor) throws -> Tensor {
    try x.layerNorm(
      weight: weight?.value.to(x.dtype), bias: bias?.value.to(x.dtype), epsilon: epsilon)
  }
}

/// Root-mean-square normalisation over the last dimension: `x / √(mean(x²) + ε) · gain`.
///
/// - Source: Zhang & Sennrich, arXiv 1910.07467, eq. (4).
public final class RMSNorm: Module {
  /// Learned gain `[width]`, if any.
  public let weight: Parameter?
  /// Added to the mean square.
  public let epsilon: Double

  /// The epsilon that PyTorch uses by default, for both float32 and bfloat16.
  public static let implicitEpsilon = 1.1920928955078125e-07

  /// Creates a layer; without `gain` it has no parameters.
  public init(width: Int, gain: Bool, epsilon: Double = 1e-6) throws {
    weight = gain ? try Parameter(shape: [width], .ones) : nil
    self.epsilon = epsilon
  }

  /// `weight`, or nothing.
  public var members: [Member] { weight.map { [.parameter("weight", $0)] } ?? [] }

  /// Applies the layer.
  public func callAsFunction(_ x: Tensor) throws -> Tensor {
    // With a gain of another dtype libtorch would not use its fused kernel.
    try x.rmsNorm(weight: weight?.value.to(x.dtype), epsilon: epsilon)
  }

  /// Applies the layer, and then `· (1 + scale) + shift`.
  ///
  /// - Shapes: `x` `[batch, tokens, width]`, `shift` and `scale` `[batch, 1, width]`.
  public func modulated(_ x: Tensor, shift: Tensor, scale: Tensor) throws -> Tensor {
    try x.modulatedNorm(
      .rms, gain: weight?.value.to(x.dtype), shift: shift, scale: scale, epsilon: epsilon)
  }
}
