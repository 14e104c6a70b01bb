import Foundation

/// The distribution of training times, before any time shift.
///
/// - Time: `t = 0` is data. A mean given for the reversed convention changes its sign (JiT's −0.8
///   for `t = 1` data is +0.8 here).
public enum TimeDistribution: Equatable, Codable, Sendable {
  /// Uniform on [0, 1).
  case uniform
  /// `sigmoid(s)` with `s` normal. Source: Esser et al., arXiv 2403.03206, eq. (19).
  case logitNormal(mean: Double, standardDeviation: Double)

  /// Draws one time.
  public func draw(_ stream: inout RandomStream) -> Double {
    switch self {
    case .uniform:
      return stream.uniform()
    case .logitNormal(let mean, let standardDeviation):
      let normal = Double(stream.normals(1)[0])
      return 1 / (1 + exp(-(mean + standardDeviation * normal)))
    }
  }
}
