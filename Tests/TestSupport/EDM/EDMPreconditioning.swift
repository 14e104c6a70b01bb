import Foundation

/// EDM's preconditioning: scales a network's input and output to about unit variance at every noise
/// level.
///
/// The denoiser is `D(x) = skip·x + output·F(input·x, condition)` for `x = data + σ·noise`.
/// - Time: noise levels σ ≥ 0; 0 is data.
/// - Source: Karras et al., arXiv 2206.00364, table 1; matches fixture `tread_tiny`, case `loss_edm`.
public struct EDMPreconditioning: Equatable, Codable, Sendable {
  /// The standard deviation of the data.
  public var dataDeviation: Double

  /// Creates the preconditioning for data with a given standard deviation.
  public init(dataDeviation: Double = 0.5) { self.dataDeviation = dataDeviation }

  /// The factors at one noise level.
  public struct Coefficients: Equatable, Sendable {
    /// The factor of the noisy state (the skip connection).
    public let skip: Double
    /// The factor of the network's output.
    public let output: Double
    /// The factor of the network's input.
    public let input: Double
    /// The time that the network gets.
    public let condition: Double
    /// The weight of the squared error of the denoised state in the loss.
    public let lossWeight: Double
  }

  /// The factors at noise level `sigma`.
  public func coefficients(at sigma: Double) -> Coefficients {
    let deviation = dataDeviation
    let total = sigma * sigma + deviation * deviation
    return Coefficients(
      skip: deviation * deviation / total, output: sigma * deviation / total.squareRoot(),
      input: 1 / total.squareRoot(), condition: log(sigma) / 4,
      lossWeight: total / (sigma * deviation * sigma * deviation))
  }
}
