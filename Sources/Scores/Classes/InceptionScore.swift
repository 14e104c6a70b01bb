import Diagnostics
import Foundation
import Tensors

/// The Inception Score: the exponential of the mean divergence between the class probabilities of
/// each picture and their mean over all pictures.
///
/// - Source: Salimans et al. 2016, arXiv 1606.03498; N = 50,000 in ten splits.
public struct InceptionScore: Sendable, Codable, Equatable {
  /// The mean over the splits.
  public let value: Double
  /// The standard deviation over the splits (divisor: their number), as is usual.
  public let deviationOverParts: Double
  /// The number of splits.
  public let partCount: Int

  enum CodingKeys: String, CodingKey {
    case value
    case deviationOverParts = "deviation_over_parts"
    case partCount = "part_count"
  }

  /// Computes the score of pictures in the order in which they are given.
  ///
  /// - Parameters:
  ///   - logits: before softmax, `[pictures, classes]`.
  ///   - partCount: the number of splits; their sizes are equal up to one picture.
  /// - Throws: `.usage` with fewer pictures than splits; `.shapeMismatch`, `.nonFinite`.
  public init(logits: Tensor, partCount: Int = 10) throws {
    let rows = try FeatureRows(logits, doing: "computing an Inception Score")
    guard partCount > 0, rows.count >= partCount else {
      throw PeregrineError(
        .usage, doing: "computing an Inception Score",
        found: "\(rows.count) pictures for \(partCount) parts", expected: "at least one for each")
    }
    let scores = try (0..<partCount).map { part in
      try Self.score(
        of: rows, in: part * rows.count / partCount..<(part + 1) * rows.count / partCount)
    }
    let mean = scores.reduce(0, +) / Double(partCount)
    let squares = scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    value = mean
    deviationOverParts = (squares / Double(partCount)).squareRoot()
    self.partCount = partCount
  }

  /// exp(mean KL(p(y|x) ‖ p(y))) = exp(mean Σ p log p − Σ p̄ log p̄).
  private static func score(of rows: FeatureRows, in part: Range<Int>) throws -> Double {
    var ownInformation = 0.0
    var sums = try Tensor.zeros([rows.width], dtype: .float64, device: rows.features.device)
    for range in FeatureRows.blocks(of: part.count) {
      let logits = try rows.block(
        part.lowerBound + range.lowerBound..<part.lowerBound + range.upperBound)
      let shifted = try logits - logits.max([1], keepingDims: true)
      let logarithms = try shifted - shifted.exp().sum([1], keepingDims: true).log()
      let shares = try logarithms.exp()
      ownInformation += try (shares * logarithms).sum().item()
      sums = try sums + shares.sum([0])
    }
    let count = Double(part.count)
    let marginal = try (sums / count).scalars(Double.self)
    // A class with probability 0 for all pictures adds nothing.
    let information = marginal.reduce(0) { $0 + ($1 > 0 ? $1 * log($1) : 0) }
    return exp(ownInformation / count - information)
  }
}
