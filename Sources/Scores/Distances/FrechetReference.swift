import Diagnostics
import Tensors

/// One side of a Fréchet distance, prepared once for many comparisons.
///
///     let reference = try FrechetReference(GaussianStatistics(of: realFeatures))
///     let distance = try reference.distance(to: GaussianStatistics(of: generatedFeatures))
public struct FrechetReference {
  /// Eigenvalues further below zero than this share of the largest cannot be explained by rounding.
  public static let mostNegativeRatio = -1e-6
  /// Variances below this share of the squared mean are rounding errors: the features are constant.
  /// One rounding step of float32, squared, is 1e-14.
  private static let leastVarianceRatio = 1e-24

  /// Mean and covariance of the reference.
  public let statistics: GaussianStatistics
  private let root: Tensor
  private let totalVariance: Double

  /// Checks the statistics and computes the square root of their covariance.
  ///
  /// - Parameter allowingFewSamples: accept fewer pictures than twice the width, where the
  ///   covariance is singular or nearly so.
  /// - Throws: `.usage` for too few pictures, `.badData` for constant features and for a matrix
  ///   that is not a covariance.
  public init(_ statistics: GaussianStatistics, allowingFewSamples: Bool = false) throws {
    let doing = "preparing the reference of a Fréchet distance"
    try Self.check(statistics, allowingFewSamples: allowingFewSamples, doing: doing)
    let (values, vectors) = try statistics.covariance.symmetricEigen()
    totalVariance = try statistics.totalVariance()
    _ = try Self.smallestRatio(of: values.scalars(Double.self), scale: totalVariance, doing: doing)
    let scaled = try vectors * values.clamped(0).squareRoot()
    root = try scaled.matmul(vectors.permuted([1, 0]))
    self.statistics = statistics
  }

  /// The distance between generated features and this reference.
  ///
  /// |μg − μr|² + tr Σg + tr Σr − 2 Σ √max(λ, 0), with λ the eigenvalues of Σr^½ Σg Σr^½.
  /// - Parameter allowingFewSamples: accept fewer pictures than twice the width.
  /// - Throws: `.shapeMismatch` for features of another width; otherwise as the initialiser.
  public func distance(
    to generated: GaussianStatistics, allowingFewSamples: Bool = false
  ) throws -> FrechetDistance {
    let doing = "computing a Fréchet distance"
    try checkSameWidth(generated.width, statistics.width, doing: doing)
    try Self.check(generated, allowingFewSamples: allowingFewSamples, doing: doing)
    let device = root.device
    let product = try root.matmul(generated.covariance.to(on: device)).matmul(root)
    let eigenvalues = try product.symmetricEigenvalues().scalars(Double.self)
    let variance = try generated.totalVariance()
    let ratio = try Self.smallestRatio(
      of: eigenvalues, scale: variance * totalVariance, doing: doing)
    let roots = eigenvalues.reduce(0) { $0 + max($1, 0).squareRoot() }
    return FrechetDistance(
      meanTerm: try (generated.mean.to(on: device) - statistics.mean).squared().sum().item(),
      covarianceTerm: variance + totalVariance - 2 * roots,
      smallestEigenvalueRatio: ratio)
  }

  private static func check(
    _ statistics: GaussianStatistics, allowingFewSamples: Bool, doing: String
  ) throws {
    let needed = 2 * statistics.width
    if let count = statistics.count, count < needed, !allowingFewSamples {
      throw PeregrineError(
        .usage, doing: doing, found: "\(count) pictures for features of width \(statistics.width)",
        expected: "at least \(needed), twice the width",
        advice: "Use more pictures or a kernel distance, or allow few samples and say so.")
    }
    let variance = try statistics.totalVariance()
    guard try variance > leastVarianceRatio * statistics.mean.squared().sum().item() else {
      throw PeregrineError(
        .unsound, doing: doing, found: "features that are the same for all pictures",
        expected: "features that differ", advice: "Check the pictures and the feature network.")
    }
  }

  /// The smallest of ascending eigenvalues, as a share of the largest.
  ///
  /// - Parameter scale: the largest value that the eigenvalues could have. When all are tiny
  ///   compared with it, the two covariances have no direction in common, and the signs are
  ///   rounding.
  /// - Throws: `.unsound` when it is clearly negative.
  private static func smallestRatio(
    of eigenvalues: [Double], scale: Double, doing: String
  ) throws -> Double {
    let smallest = eigenvalues.first ?? 0
    let ratio = smallest / max(eigenvalues.last ?? 0, 1e-9 * scale)
    guard ratio >= mostNegativeRatio else {
      throw PeregrineError(
        .unsound, doing: doing, found: "an eigenvalue of \(smallest), \(ratio) of the largest",
        expected: "none below \(mostNegativeRatio) of the largest",
        advice: "One of the two matrices is no covariance; compute the statistics again.")
    }
    return ratio
  }
}
