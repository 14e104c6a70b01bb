import Tensors

/// The result of encoding a picture: the normal distribution of its latent.
///
/// - Shapes: `mean` and `logVariance` `[batch, channels, height, width]`.
public struct LatentPosterior {
  /// The most likely latent.
  public let mean: Tensor
  /// The logarithm of the variance; `nil` when the encoder is deterministic.
  public let logVariance: Tensor?

  /// Creates a posterior from its moments.
  public init(mean: Tensor, logVariance: Tensor? = nil) {
    self.mean = mean
    self.logVariance = logVariance
  }

  /// A sample: mean + exp(½·logVariance)·noise; the mean itself when the encoder is deterministic.
  public func sample(noise: Tensor) throws -> Tensor {
    guard let logVariance else { return mean }
    return try mean + (logVariance * 0.5).exp() * noise
  }
}
