import DiffusionMath
import Tensors

/// A named part of a network that training changes, or a fixed table that checkpoints carry.
public final class Parameter {
  /// The current value. Optimizers change it in place.
  public private(set) var value: Tensor
  /// How the first value is drawn.
  public let initializer: Initializer
  /// Whether training changes it; `false` for fixed tables that count as parameters in checkpoints.
  public let isTrainable: Bool
  /// Whether it is a table that checkpoints carry without counting it among the parameters.
  public let isBuffer: Bool

  /// A parameter of zeros; ``Module/initialize(seed:)`` draws its first value.
  public init(shape: [Int], _ initializer: Initializer, isTrainable: Bool = true) throws {
    self.value = try Tensor.zeros(shape)
    self.initializer = initializer
    self.isTrainable = isTrainable
    isBuffer = false
    try value.setRequiresGradient(isTrainable)
  }

  /// A fixed table that checkpoints carry without counting it, zeros until initialised or loaded.
  public init(shape: [Int], buffer table: [Float]) throws {
    value = try Tensor.zeros(shape)
    initializer = .table(table)
    isTrainable = false
    isBuffer = true
  }

  /// Draws the first value from a stream of its own.
  func initialize(_ stream: RandomStream) throws {
    let values = initializer.draw(shape: value.shape, stream)
    try value.copy(from: try Tensor(values, shape: value.shape))
  }

  /// Changes element type and device; drops gradients.
  func convert(to dtype: DType, on device: Device) throws {
    value = try value.detached().to(dtype, on: device).clone()
    try value.setRequiresGradient(isTrainable)
  }

  /// Takes the memory of another parameter as its own; gradients stay separate.
  func share(_ other: Parameter) throws {
    value = try other.value.detached()
    try value.setRequiresGradient(isTrainable)
  }
}
