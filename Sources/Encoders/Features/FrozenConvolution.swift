import Nets
import Tensors

/// A convolution with everything that follows it in one step: bias, an addition, an activation.
///
/// - Shapes: input `[batch, inputs, height, width]`; weight `[outputs, inputs / groups, rows, columns]`.
final class FrozenConvolution: Module {
  /// Where the zeros around a map go.
  enum Padding {
    /// So many above and below, and left and right.
    case symmetric(Int, Int)
    /// TensorFlow's SAME: the result has ⌈size / stride⌉ places; an odd zero goes below and right.
    case same
  }

  private let weight: Parameter
  private let bias: Parameter
  private let kernel: (Int, Int)
  private let stride: Int
  private let padding: Padding
  private let groups: Int
  private let activation: Activation

  /// Makes a layer of zeros; without a padding it has half a kernel of it.
  init(
    _ inputs: Int, _ outputs: Int, kernel: (Int, Int), stride: Int = 1, padding: Padding? = nil,
    groups: Int = 1, activation: Activation = .none
  ) throws {
    weight = try Parameter(
      shape: [outputs, inputs / groups, kernel.0, kernel.1], .zeros, isTrainable: false)
    bias = try Parameter(shape: [outputs], .zeros, isTrainable: false)
    self.kernel = kernel
    self.stride = stride
    self.padding = padding ?? .symmetric(kernel.0 / 2, kernel.1 / 2)
    self.groups = groups
    self.activation = activation
  }

  /// Makes a layer with a square kernel.
  convenience init(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Padding? = nil,
    groups: Int = 1, activation: Activation = .none
  ) throws {
    try self.init(
      inputs, outputs, kernel: (kernel, kernel), stride: stride, padding: padding, groups: groups,
      activation: activation)
  }

  /// `weight`, `bias`.
  var members: [Member] { [.parameter("weight", weight), .parameter("bias", bias)] }

  /// Applies the layer; `addend` joins before the activation.
  func callAsFunction(_ x: Tensor, adding addend: Tensor? = nil) throws -> Tensor {
    let (input, padding) = try padded(x)
    return try input.convolved(
      weight.value, bias.value, stride: (stride, stride), padding: padding, groups: groups,
      adding: addend, activation: activation)
  }

  /// The input, padded itself where the two sides differ, and the padding that is left to do.
  private func padded(_ x: Tensor) throws -> (Tensor, (Int, Int)) {
    if case .symmetric(let rows, let columns) = padding { return (x, (rows, columns)) }
    let rows = missing(x.shape[2], kernel.0)
    let columns = missing(x.shape[3], kernel.1)
    if rows.isMultiple(of: 2), columns.isMultiple(of: 2) { return (x, (rows / 2, columns / 2)) }
    let input = try x.padded(
      top: rows / 2, bottom: rows - rows / 2, left: columns / 2, right: columns - columns / 2)
    return (input, (0, 0))
  }

  /// The zeros that a size needs in all, so that every stride gives a place.
  private func missing(_ size: Int, _ kernel: Int) -> Int {
    max(((size + stride - 1) / stride - 1) * stride + kernel - size, 0)
  }
}
