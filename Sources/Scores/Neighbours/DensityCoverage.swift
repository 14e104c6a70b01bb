import Tensors

/// Density: how densely generated pictures lie among the real ones. Coverage: how many of the real
/// ones they reach.
///
/// The balls are those of ``PrecisionRecall``, but only around real pictures, so that outliers
/// among the generated ones cannot raise a score.
/// - Source: Naeem et al. 2020, arXiv 2002.09797.
public struct DensityCoverage: Sendable, Codable, Equatable {
  /// The mean number of balls that a generated picture lies in, divided by k; may exceed 1.
  public let density: Double
  /// The share of real pictures with a generated picture in their ball.
  public let coverage: Double
  /// k: each ball reaches to this nearest neighbour, not counting the picture itself.
  public let neighbours: Int

  /// Computes both scores.
  ///
  /// - Shapes: `generated` and `reference` `[pictures, width]`.
  /// - Throws: `.usage` unless the reference has more than `neighbours` pictures; `.shapeMismatch`,
  ///   `.nonFinite`.
  public init(generated: Tensor, reference: Tensor, neighbours: Int = 5) throws {
    let doing = "computing density and coverage"
    let generated = try FeatureRows(generated, doing: doing)
    let reference = try FeatureBalls(reference, neighbours: neighbours, doing: doing)
    try checkSameWidth(generated.width, reference.rows.width, doing: doing)
    let counts = try reference.coverCounts(of: generated)
    density = Double(counts.ofRows.reduce(0, +)) / Double(neighbours * generated.count)
    coverage = counts.shareOfBallsHit
    self.neighbours = neighbours
  }
}
