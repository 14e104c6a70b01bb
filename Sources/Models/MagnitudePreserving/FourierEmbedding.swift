import Nets
import Tensors

/// Embeds a time: random Fourier features with root mean square 1, `√2·cos(2π(f·c + φ))`, and a linear
/// layer.
///
/// - Time: in [0, 1], scaled to `c = 4t − 2`, about the range of EDM2's `ln σ / 4`.
/// - Shapes: time `[batch]`, result `[batch, width]`.
/// - Source: Karras et al., EDM2, arXiv 2312.02696, appendix B: `f` normal, `φ` uniform, both fixed.
final class FourierEmbedding: Module {
  private let frequencies: Parameter
  private let phases: Parameter
  private let projection: MagnitudePreservingLinear

  init(width: Int, featureCount: Int = 256) throws {
    frequencies = try Parameter(
      shape: [featureCount], .normal(standardDeviation: 2 * .pi), isTrainable: false)
    phases = try Parameter(
      shape: [featureCount], .uniform(0, 2 * .pi), isTrainable: false)
    projection = try MagnitudePreservingLinear(featureCount, width)
  }

  var members: [Member] {
    [
      .parameter("frequencies", frequencies), .parameter("phases", phases),
      .module("projection", projection),
    ]
  }

  /// `[batch, features]`.
  func features(_ time: Tensor) throws -> Tensor {
    let place = try time.to(frequencies.value.dtype).reshaped([-1, 1]) * 4 - 2
    return try (place * frequencies.value + phases.value).cos() * 2.0.squareRoot()
  }

  func callAsFunction(_ time: Tensor) throws -> Tensor { try projection(features(time)) }
}
