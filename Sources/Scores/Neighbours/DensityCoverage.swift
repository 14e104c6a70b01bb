import Tensors

/// How densely generated pictures lie among the real ones, and how many real ones they reach.
///
/// The balls are those of ``PrecisionRecall``, around real pictures only, so that outliers among the
/// generated ones cannot raise a score.
/// - Source: Naeem et al. 2020, arXiv 2002.09797.
public struct DensityCoverage: Sendable, Codable, Equatable {
  /// How many balls a generated picture lies in, on average, over k; may exceed 1.
  public let density: Double
  /// The share of real pictures with a generated one in their ball.
  public let coverage: Double
  /// k: to which neighbour a ball reaches, itself not counted.
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
