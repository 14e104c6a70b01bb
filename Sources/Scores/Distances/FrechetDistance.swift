import Tensors

/// The squared Fréchet distance of two normal distributions: FID on Inception's features.
///
/// - Source: Heusel et al. 2017, arXiv 1706.08500, eq. 6.
public struct FrechetDistance: Sendable, Codable, Equatable {
  /// |μg − μr|²: how far the means are apart.
  public let meanTerm: Double
  /// tr Σg + tr Σr − 2 tr (Σr Σg)^½: how much the covariances differ.
  public let covarianceTerm: Double
  /// The smallest eigenvalue under the root over the largest; below zero it shows rounding.
  public let smallestEigenvalueRatio: Double

  /// The distance.
  public var value: Double { meanTerm + covarianceTerm }

  /// A distance from its terms.
  init(meanTerm: Double, covarianceTerm: Double, smallestEigenvalueRatio: Double) {
    self.meanTerm = meanTerm
    self.covarianceTerm = covarianceTerm
    self.smallestEigenvalueRatio = smallestEigenvalueRatio
  }

  /// The distance of two sets of features `[pictures, width]`; see ``FrechetReference`` for its
  /// checks, and for many distances from one reference.
  public init(generated: Tensor, reference: Tensor, allowingFewSamples: Bool = false) throws {
    let prepared = try FrechetReference(
      GaussianStatistics(of: reference), allowingFewSamples: allowingFewSamples)
    self = try prepared.distance(
      to: GaussianStatistics(of: generated), allowingFewSamples: allowingFewSamples)
  }
}
