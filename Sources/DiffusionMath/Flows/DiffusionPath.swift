import Foundation

/// The path from data to noise: `x_t = α(t)·data + σ(t)·noise`.
///
/// - Time: `t = 0` is data, `t = 1` is noise.
/// - Source: SiT, arXiv 2401.08740, section 2; matches SR-DiT's linear path.
public enum DiffusionPath: String, CaseIterable, Codable, Sendable {
  /// `α = 1 − t`, `σ = t`: rectified flow. The velocity is `noise − data`.
  case linear
  /// `α = cos(πt/2)`, `σ = sin(πt/2)`: the variance-preserving "GVP" path of SiT.
  case cosine

  /// The path's weights and their time derivatives at a given time.
  public struct Coefficients: Equatable, Sendable {
    /// α: the weight of the data.
    public let data: Double
    /// σ: the weight of the noise.
    public let noise: Double
    /// dα/dt.
    public let dataRate: Double
    /// dσ/dt.
    public let noiseRate: Double
  }

  /// The weights at time `t`.
  public func coefficients(at t: Double) -> Coefficients {
    switch self {
    case .linear:
      return Coefficients(data: 1 - t, noise: t, dataRate: -1, noiseRate: 1)
    case .cosine:
      let angle = t * .pi / 2
      return Coefficients(
        data: cos(angle), noise: sin(angle), dataRate: -sin(angle) * .pi / 2,
        noiseRate: cos(angle) * .pi / 2)
    }
  }
}
