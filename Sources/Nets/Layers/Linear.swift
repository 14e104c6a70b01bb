import Tensors

/// A fully connected layer: `x · weightᵀ + bias`.
///
/// - Shapes: input `[…, inputs]`, result `[…, outputs]`; weight `[outputs, inputs]`.
public final class Linear: Module {
  /// `[outputs, inputs]`.
  public let weight: Parameter
  /// `[outputs]`, unless the layer has none.
  public let bias: Parameter?

  /// Creates a layer; by default weights are Xavier-uniform and the bias is zero.
  public init(
    _ inputs: Int, _ outputs: Int, bias: Bool = true, weight initializer: Initializer? = nil
  ) throws {
    weight = try Parameter(
      shape: [outputs, inputs], initializer ?? .xavierUniform(fanIn: inputs, fanOut: outputs))
    self.bias = bias ? try Parameter(shape: [outputs], .zeros) : nil
  }

  /// `weight`, `bias`.
  public var members: [Member] {
    [.parameter("weight", weight)] + (bias.map { [.parameter("bias", $0)] } ?? [])
  }

  /// Applies the layer.
  public func callAsFunction(_ x: Tensor) throws -> Tensor {
    try x.linear(weight.value, bias?.value)
  }

  /// Applies the layer and then GELU in its tanh form.
  public func gelu(_ x: Tensor) throws -> Tensor {
    try x.linearGELU(weight.value, bias?.value)
  }
}
