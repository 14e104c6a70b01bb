import Diagnostics
import Tensors

/// Precision: the share of generated pictures that lie among the real ones. Recall: the reverse.
///
/// Each picture of a set is the centre of a ball that reaches to its k-th nearest neighbour in the
/// set; the union of the balls represents the region that the set covers. A picture on the edge
/// counts as inside.
/// - Source: Kynkäänniemi et al. 2019, arXiv 1904.06991.
public struct PrecisionRecall: Sendable, Codable, Equatable {
  /// The share of generated pictures inside a ball of the real ones.
  public let precision: Double
  /// The share of real pictures inside a ball of the generated ones.
  public let recall: Double
  /// k: each ball reaches to this nearest neighbour, not counting the picture itself.
  public let neighbours: Int

  /// Computes both shares.
  ///
  /// - Shapes: `generated` and `reference` `[pictures, width]`.
  /// - Throws: `.usage` unless both sets have more than `neighbours` pictures; `.shapeMismatch`,
  ///   `.nonFinite`.
  public init(generated: Tensor, reference: Tensor, neighbours: Int = 3) throws {
    let doing = "computing precision and recall"
    let generated = try FeatureBalls(generated, neighbours: neighbours, doing: doing)
    let reference = try FeatureBalls(reference, neighbours: neighbours, doing: doing)
    try checkSameWidth(generated.rows.width, reference.rows.width, doing: doing)
    precision = try reference.coverCounts(of: generated.rows).shareAboveZero
    recall = try generated.coverCounts(of: reference.rows).shareAboveZero
    self.neighbours = neighbours
  }
}
