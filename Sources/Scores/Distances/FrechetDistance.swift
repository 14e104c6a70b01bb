import Tensors

/// The squared Fréchet distance between two normal distributions: FID with Inception features.
///
/// - Source: Heusel et al. 2017, arXiv 1706.08500, eq. 6.
public struct FrechetDistance: Sendable, Codable, Equatable {
  /// |μg − μr|²: the difference of the means.
  public let meanTerm: Double
  /// tr Σg + tr Σr − 2 tr (Σr Σg)^½: the difference of the covariances.
  public let covarianceTerm: Double
  /// The smallest eigenvalue under the square root, divided by the largest; a negative value shows
  /// rounding.
  public let smallestEigenvalueRatio: Double

  /// The distance.
  public var value: Double { meanTerm + covarianceTerm }

  /// Creates a distance from its terms.
  init(meanTerm: Double, covarianceTerm: Double, smallestEigenvalueRatio: Double) {
    self.meanTerm = meanTerm
    self.covarianceTerm = covarianceTerm
    self.smallestEigenvalueRatio = smallestEigenvalueRatio
  }

  /// The distance between two sets of features `[pictures, width]`. See ``FrechetReference`` for
  /// the checks, and for many distances from one reference.
  public init(generated: Tensor, reference: Tensor, allowingFewSamples: Bool = false) throws {
    let prepared = try FrechetReference(
      GaussianStatistics(of: reference), allowingFewSamples: allowingFewSamples)
    self = try prepared.distance(
      to: GaussianStatistics(of: generated), allowingFewSamples: allowingFewSamples)
  }
}
