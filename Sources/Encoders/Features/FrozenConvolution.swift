import Nets
import Tensors

/// A convolution fused with the operations after it: bias, an addition, an activation.
///
/// - Shapes: input `[batch, inputs, height, width]`; weight `[outputs, inputs / groups, rows, columns]`.
final class FrozenConvolution: Module {
  /// How a feature map is padded with zeros.
  enum Padding {
    /// This many zeros above and below, and left and right.
    case symmetric(Int, Int)
    /// TensorFlow's SAME: the result has ⌈size / stride⌉ positions; if the number of zeros is odd,
    /// the extra one is below and right.
    case same
  }

  private let weight: Parameter
  private let bias: Parameter
  private let kernel: (Int, Int)
  private let stride: Int
  private let padding: Padding
  private let groups: Int
  private let activation: Activation

  /// Creates a layer of zeros; the default padding is half a kernel.
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

  /// Creates a layer with a square kernel.
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

  /// Applies the layer; `addend` is added before the activation.
  func callAsFunction(_ x: Tensor, adding addend: Tensor? = nil) throws -> Tensor {
    let (weight, padding) = try operands(x)
    return try x.convolved(
      weight, bias.value, stride: (stride, stride), padding: padding, groups: groups,
      adding: addend, activation: activation)
  }

  /// Floating-point operations (one multiply-add counts as two) for one feature map of this size;
  /// the size becomes that of the result.
  func flops(height: inout Int, width: inout Int) -> Double {
    switch padding {
    case .same:
      (height, width) = ((height + stride - 1) / stride, (width + stride - 1) / stride)
    case .symmetric(let rows, let columns):
      height = (height + 2 * rows - kernel.0) / stride + 1
      width = (width + 2 * columns - kernel.1) / stride + 1
    }
    return 2 * Double(weight.value.count) * Double(height * width)
  }

  /// The kernel and the zeros on each side. An odd number of zeros is implemented by padding both
  /// sides and adding a zero in front of the kernel, which shifts every window by one position; a
  /// padded copy of the map would cost more.
  private func operands(_ x: Tensor) throws -> (Tensor, (Int, Int)) {
    if case .symmetric(let rows, let columns) = padding { return (weight.value, (rows, columns)) }
    let rows = missing(x.shape[2], kernel.0)
    let columns = missing(x.shape[3], kernel.1)
    let (top, left) = (rows % 2, columns % 2)
    let moved =
      top + left == 0
      ? weight.value : try weight.value.padded(top: top, bottom: 0, left: left, right: 0)
    return (moved, ((rows + 1) / 2, (columns + 1) / 2))
  }

  /// The total number of zeros that a size needs, so that every stride gives a position.
  private func missing(_ size: Int, _ kernel: Int) -> Int {
    max(((size + stride - 1) / stride - 1) * stride + kernel - size, 0)
  }
}
