import Diagnostics
import Tensors

/// A set of features summarised as a normal distribution: its mean and covariance.
public struct GaussianStatistics {
  /// Published files are rounded; a matrix that differs more from its transpose is not a covariance.
  private static let largestAsymmetry = 1e-6

  /// The mean of the features, `[width]` float64.
  public let mean: Tensor
  /// The covariance with divisor `count − 1`, `[width, width]` float64.
  public let covariance: Tensor
  /// The number of pictures; `nil` when a file with mean and covariance does not say.
  public let count: Int?

  /// The number of features of a picture.
  public var width: Int { mean.count }

  /// The statistics of features that are all available; see ``FeatureMoments`` for batches.
  ///
  /// - Shapes: `features` `[pictures, width]`.
  public init(of features: Tensor) throws {
    var moments = FeatureMoments()
    try moments.add(features)
    self = try moments.statistics()
  }

  /// Takes given statistics, such as those of a published reference file.
  ///
  /// - Shapes: `mean` `[width]`, `covariance` `[width, width]`.
  /// - Throws: `.shapeMismatch`, `.nonFinite`, or `.badData` for a covariance that is not symmetric
  ///   or has a negative variance.
  public init(mean: Tensor, covariance: Tensor, count: Int?) throws {
    let doing = "taking over mean and covariance"
    guard mean.shape.count == 1, mean.count > 0, covariance.shape == [mean.count, mean.count]
    else {
      throw PeregrineError(
        .shapeMismatch, doing: doing,
        found: "a mean \(mean.shape) and a covariance \(covariance.shape)",
        expected: "[width] and [width, width]")
    }
    guard try mean.isFinite().all(), try covariance.isFinite().all() else {
      throw PeregrineError(
        .nonFinite, doing: doing, found: "NaN or infinity", expected: "finite numbers",
        advice: "Compute the statistics again.")
    }
    let matrix = try covariance.to(.float64)
    let transpose = try matrix.permuted([1, 0])
    let largest = try matrix.magnitude().max().item()
    let asymmetry = try (matrix - transpose).magnitude().max().item()
    guard asymmetry <= Self.largestAsymmetry * largest else {
      throw PeregrineError(
        .badData, doing: doing,
        found: "a covariance that differs from its transpose by \(asymmetry)",
        expected: "a symmetric matrix", advice: "Compute the statistics again.")
    }
    self.mean = try mean.to(.float64)
    self.covariance = try (matrix + transpose) / 2
    self.count = count
    let variances = try variances().scalars(Double.self)
    if let place = variances.firstIndex(where: { $0 < -Self.largestAsymmetry * largest }) {
      throw PeregrineError(
        .badData, doing: doing,
        found: "the negative variance \(variances[place]) of feature \(place)",
        expected: "a covariance, whose variances are never negative",
        advice: "Compute the statistics again.")
    }
  }

  /// The trace of the covariance: the sum of all variances.
  public func totalVariance() throws -> Double { try variances().sum().item() }

  /// The diagonal of the covariance.
  private func variances() throws -> Tensor {
    let diagonal = try Tensor.range(width, device: covariance.device).unsqueezed(1)
    return try covariance.gathered(1, diagonal)
  }

  /// The eigenvalues of the covariance, ascending; for ``FrechetBias``.
  public func eigenvalues() throws -> [Double] {
    try covariance.symmetricEigenvalues().scalars(Double.self)
  }
}
