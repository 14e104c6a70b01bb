import Tensors

/// Moves parameters along their accumulated gradients.
///
/// A parameter without a gradient counts as one whose gradient is zero: momentum still moves it, and
/// moments decay. So a step in which some blocks were skipped is a step like any other.
public protocol Optimizer: AnyObject {
  /// Takes one step along the accumulated gradients.
  func step(learningRate: Double) throws
  /// Takes a step and moves an average toward the new values, in one pass over memory where the optimizer
  /// has one.
  ///
  /// - Parameter decay: the share of the average that stays.
  func step(learningRate: Double, average: ExponentialMovingAverage, decay: Double) throws
  /// Forgets the accumulated gradients.
  func clearGradients()
  /// Everything that must survive an interruption, under stable names.
  var state: [(name: String, tensor: Tensor)] { get }
}

extension Optimizer {
  /// Takes a step; then moves the average.
  public func step(learningRate: Double, average: ExponentialMovingAverage, decay: Double) throws {
    try step(learningRate: learningRate)
    try average.update(decay: decay)
  }
}

extension [NamedParameter] {
  /// The accumulated gradients, with zeros where there is none.
  func gradientsOrZeros() throws -> [Tensor] {
    try map(\.parameter.value).map { value in
      try value.gradient() ?? .zeros(value.shape, dtype: value.dtype, device: value.device)
    }
  }

  /// Forgets the accumulated gradients.
  func clearGradients() {
    for entry in self { entry.parameter.value.clearGradient() }
  }
}
