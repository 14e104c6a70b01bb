import Tensors

/// Adam with decoupled weight decay, through libtorch's fused step.
///
/// - Source: arXiv 1711.05101, algorithm 2. Moments and weights stay in the parameters' dtype.
public final class AdamW: Optimizer {
  /// The hyperparameters, apart from the learning rate.
  public struct Options: Sendable {
    /// The decay rate of the first moment.
    public var beta1 = 0.9
    /// The decay rate of the second moment.
    public var beta2 = 0.999
    /// Added to the root of the second moment.
    public var epsilon = 1e-8
    /// Decoupled weight decay, relative to the learning rate.
    public var weightDecay = 0.0
    /// Published defaults of SiT and SR-DiT.
    public init(
      beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0
    ) {
      self.beta1 = beta1
      self.beta2 = beta2
      self.epsilon = epsilon
      self.weightDecay = weightDecay
    }
  }

  private let parameters: [NamedParameter]
  private let options: Options
  private let firstMoments: [Tensor]
  private let secondMoments: [Tensor]
  private let steps: [Tensor]

  /// Creates an optimizer with zero moments for the trainable parameters among `parameters`.
  public init(_ parameters: [NamedParameter], _ options: Options) throws {
    self.parameters = parameters.filter(\.parameter.isTrainable)
    self.options = options
    let values = self.parameters.map(\.parameter.value)
    firstMoments = try values.map { try .zeros($0.shape, dtype: $0.dtype, device: $0.device) }
    secondMoments = try values.map { try .zeros($0.shape, dtype: $0.dtype, device: $0.device) }
    steps = try values.map { try .zeros([], device: $0.device) }
  }

  /// Takes one optimizer step with the accumulated gradients.
  public func step(learningRate: Double) throws {
    try step(learningRate: learningRate, averages: [], averageRate: 0)
  }

  /// Takes one step and updates an average of the same parameters in the same pass.
  public func step(learningRate: Double, average: ExponentialMovingAverage, decay: Double) throws {
    // Parameters that are not trained equal their average already.
    try step(
      learningRate: learningRate, averages: average.values(of: parameters), averageRate: 1 - decay)
  }

  private func step(learningRate: Double, averages: [Tensor], averageRate: Double) throws {
    try ParameterLists.adamW(
      parameters: parameters.map(\.parameter.value), gradients: parameters.gradientsOrZeros(),
      firstMoments: firstMoments, secondMoments: secondMoments, steps: steps, averages: averages,
      learningRate: learningRate, beta1: options.beta1, beta2: options.beta2,
      weightDecay: options.weightDecay, epsilon: options.epsilon, averageRate: averageRate)
  }

  /// Forgets the accumulated gradients.
  public func clearGradients() { parameters.clearGradients() }

  /// The state to be saved in checkpoints, under stable names.
  public var state: [(name: String, tensor: Tensor)] {
    zip(parameters, zip(firstMoments, zip(secondMoments, steps))).flatMap { entry, moments in
      [
        ("\(entry.name)/first_moment", moments.0), ("\(entry.name)/second_moment", moments.1.0),
        ("\(entry.name)/step", moments.1.1),
      ]
    }
  }
}

/// Scales the accumulated gradients so that their joint norm is at most `maximum`.
///
/// - Returns: the norm before scaling, as a one-element tensor on the device, so that nothing has
///   to wait for it.
/// - Source: as PyTorch's `clip_grad_norm_`: factor min(1, maximum / (norm + 1e-6)).
/// - Departs: the norm is summed in float64. PyTorch sums in the gradients' dtype; on a CPU, the
///   norm of 130 million gradients in float32 is then 4e-5 too low.
public func clipGradients(of parameters: [NamedParameter], to maximum: Double?) throws -> Tensor {
  let gradients = try parameters.compactMap { try $0.parameter.value.gradient() }
  let norm = try ParameterLists.globalNorm(gradients)
  if let maximum {
    let factor = try ((norm + 1e-6).power(-1) * maximum).clamped(-.infinity, 1)
    try ParameterLists.scale(gradients, by: factor)
  }
  return norm
}
