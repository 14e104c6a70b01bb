/// The quantity that a network predicts.
///
/// At a fixed time each of the three determines the others; the conversions below are exact algebra.
/// - Source: JiT, arXiv 2511.13720, table 1, with time reversed to `t = 0` data.
public enum PredictionTarget: String, CaseIterable, Codable, Sendable {
  /// The time derivative of the path, `α'·data + σ'·noise`.
  case velocity
  /// The noise in `x_t`.
  case noise
  /// The clean data in `x_t`.
  case clean
}

/// `state · x_t + output · y`: a linear function of the noisy state and of one other quantity.
public struct LinearCombination: Equatable, Sendable {
  /// The weight of the noisy state `x_t`.
  public let state: Double
  /// The weight of the other quantity.
  public let output: Double

  /// Creates a combination.
  public init(state: Double, output: Double) {
    self.state = state
    self.output = output
  }

  /// The combination that returns the other quantity unchanged.
  public static let identity = LinearCombination(state: 0, output: 1)
}

extension DiffusionPath {
  /// Converts a network output from one target to another, with the help of the noisy state.
  ///
  ///     let toVelocity = DiffusionPath.linear.conversion(from: .clean, to: .velocity, at: 0.5)
  ///     // velocity = toVelocity.state * x_t + toVelocity.output * cleanPrediction
  ///
  /// - Parameters:
  ///   - floor: the smallest value a divisor may take. JiT and JLT floor `σ` at 0.05 when they
  ///     convert a clean prediction to a velocity, both in the loss and in the sampler. 0 is exact
  ///     algebra.
  public func conversion(
    from source: PredictionTarget, to target: PredictionTarget, at t: Double, floor: Double = 0
  ) -> LinearCombination {
    if source == target { return .identity }
    let path = coefficients(at: t)
    let (alpha, sigma) = (path.data, path.noise)
    // det · data = σ'·x_t − σ·v and det · noise = α·v − α'·x_t, with det = α·σ' − σ·α'.
    let determinant = alpha * path.noiseRate - sigma * path.dataRate
    let (safeAlpha, safeSigma) = (max(alpha, floor), max(sigma, floor))
    switch (source, target) {
    case (.velocity, .clean):
      return LinearCombination(state: path.noiseRate / determinant, output: -sigma / determinant)
    case (.velocity, .noise):
      return LinearCombination(state: -path.dataRate / determinant, output: alpha / determinant)
    case (.clean, .noise):
      return LinearCombination(state: 1 / safeSigma, output: -alpha / safeSigma)
    case (.clean, .velocity):
      // v = (σ'·x_t − det·data) / σ; for the linear path (x_t − data) / σ.
      return LinearCombination(state: path.noiseRate / safeSigma, output: -determinant / safeSigma)
    case (.noise, .clean):
      return LinearCombination(state: 1 / safeAlpha, output: -sigma / safeAlpha)
    case (.noise, .velocity):
      // v = (α'·x_t + det·noise) / α; for the linear path (noise − x_t) / α.
      return LinearCombination(state: path.dataRate / safeAlpha, output: determinant / safeAlpha)
    default:
      return .identity
    }
  }
}
