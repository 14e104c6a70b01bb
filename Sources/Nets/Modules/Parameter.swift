import DiffusionMath
import Tensors

/// A trainable tensor of a network, or a fixed table stored in checkpoints.
public final class Parameter {
  /// The current value. Optimizers change it in place.
  public private(set) var value: Tensor
  /// How the initial value is drawn.
  public let initializer: Initializer
  /// Whether it is trained; `false` for fixed tables that count as parameters in checkpoints.
  public let isTrainable: Bool
  /// Whether it is a table stored in checkpoints without counting as a parameter.
  public let isBuffer: Bool

  /// A parameter of zeros; ``Module/initialize(seed:)`` draws its first value.
  public init(shape: [Int], _ initializer: Initializer, isTrainable: Bool = true) throws {
    self.value = try Tensor.zeros(shape)
    self.initializer = initializer
    self.isTrainable = isTrainable
    isBuffer = false
    try value.setRequiresGradient(isTrainable)
  }

  /// A fixed table stored in checkpoints without counting as a parameter; zeros until initialised
  /// or loaded.
  public init(shape: [Int], buffer table: [Float]) throws {
    value = try Tensor.zeros(shape)
    initializer = .table(table)
    isTrainable = false
    isBuffer = true
  }

  /// Draws the initial value from its own stream.
  func initialize(_ stream: RandomStream) throws {
    let values = initializer.draw(shape: value.shape, stream)
    try value.copy(from: try Tensor(values, shape: value.shape))
  }

  /// Changes element type and device; drops gradients.
  func convert(to dtype: DType, on device: Device) throws {
    value = try value.detached().to(dtype, on: device).clone()
    try value.setRequiresGradient(isTrainable)
  }

  /// Shares the memory of another parameter; gradients stay separate.
  func share(_ other: Parameter) throws {
    value = try other.value.detached()
    try value.setRequiresGradient(isTrainable)
  }
}
