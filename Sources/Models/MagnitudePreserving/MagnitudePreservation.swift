import Tensors

/// Operations that preserve magnitude: an input with root mean square 1 gives a result with root mean
/// square 1.
///
/// - Source: Karras et al., EDM2, arXiv 2312.02696, section 2 and appendix B.
extension Tensor {
  /// SiLU divided by its root mean square over a standard normal distribution.
  func magnitudePreservingSiLU() throws -> Tensor { try silu() / 0.596 }

  /// `((1 − t)·self + t·other) / √((1 − t)² + t²)`, which keeps the magnitude if the two tensors are
  /// independent and of the same magnitude.
  func magnitudePreservingSum(_ other: Tensor, share t: Double) throws -> Tensor {
    let norm = ((1 - t) * (1 - t) + t * t).squareRoot()
    return try self * ((1 - t) / norm) + other * (t / norm)
  }

  /// Each vector of the last dimension scaled to root mean square 1.
  func unitMagnitude() throws -> Tensor { try rmsNorm(weight: nil, epsilon: 1e-8) }
}
