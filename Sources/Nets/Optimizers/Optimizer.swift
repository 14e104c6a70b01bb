import Tensors

/// Updates parameters with their accumulated gradients.
///
/// A parameter without a gradient is treated as having a gradient of zero: momentum still changes
/// it, and moments decay. So a step in which some blocks were skipped is an ordinary step.
public protocol Optimizer: AnyObject {
  /// Takes one optimizer step with the accumulated gradients.
  func step(learningRate: Double) throws
  /// Takes a step and updates an average with the new values, in one pass over memory if the
  /// optimizer supports that.
  ///
  /// - Parameter decay: the share of the average that stays.
  func step(learningRate: Double, average: ExponentialMovingAverage, decay: Double) throws
  /// Forgets the accumulated gradients.
  func clearGradients()
  /// The state to be saved in checkpoints, under stable names.
  var state: [(name: String, tensor: Tensor)] { get }
}

extension Optimizer {
  /// Takes a step, then updates the average.
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
