import Tensors

/// A two-dimensional convolution that keeps the size at stride 1.
///
/// - Shapes: input `[batch, inputs, height, width]`; weight `[outputs, inputs, kernel, kernel]`.
public final class Convolution: Module {
  /// `[outputs, inputs, kernel, kernel]`.
  public let weight: Parameter
  /// `[outputs]`, unless the layer has none.
  public let bias: Parameter?
  private let stride: Int
  private let padding: Int

  /// Creates a layer; the default zero padding is half a kernel.
  public init(
    _ inputs: Int, _ outputs: Int, kernel: Int = 3, bias: Bool = true, stride: Int = 1,
    padding: Int? = nil
  ) throws {
    let area = kernel * kernel
    weight = try Parameter(
      shape: [outputs, inputs, kernel, kernel],
      .xavierUniform(fanIn: inputs * area, fanOut: outputs * area))
    self.bias = bias ? try Parameter(shape: [outputs], .zeros) : nil
    self.stride = stride
    self.padding = padding ?? kernel / 2
  }

  /// `weight`, `bias`.
  public var members: [Member] {
    [.parameter("weight", weight)] + (bias.map { [.parameter("bias", $0)] } ?? [])
  }

  /// Applies the layer.
  public func callAsFunction(_ x: Tensor) throws -> Tensor {
    try x.convolved(weight.value, bias?.value, stride: stride, padding: padding)
  }
}

/// Group normalisation with learned gain and bias per channel.
public final class GroupNorm: Module {
  /// Learned gain `[channels]`.
  public let weight: Parameter
  /// Learned bias `[channels]`.
  public let bias: Parameter
  private let groups: Int
  private let epsilon: Double

  /// Makes a layer.
  public init(channels: Int, groups: Int, epsilon: Double = 1e-5) throws {
    weight = try Parameter(shape: [channels], .ones)
    bias = try Parameter(shape: [channels], .zeros)
    self.groups = groups
    self.epsilon = epsilon
  }

  /// `weight`, `bias`.
  public var members: [Member] { [.parameter("weight", weight), .parameter("bias", bias)] }

  /// Applies the layer.
  public func callAsFunction(_ x: Tensor) throws -> Tensor {
    try x.groupNorm(groups: groups, weight: weight.value, bias: bias.value, epsilon: epsilon)
  }
}
