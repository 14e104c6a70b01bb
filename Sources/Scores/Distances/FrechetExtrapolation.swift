import Diagnostics
import DiffusionMath
import Tensors

/// The Fréchet distance of infinitely many pictures (FD∞), extrapolated from how it falls with
/// their number.
///
/// FD(n) = FD∞ + slope/n + O(1/n²): the distances of subsets of several sizes are fitted by a
/// straight line in 1/n. Subsets are drawn without replacement, in several random orders. Within
/// one order the smaller subsets are parts of the larger ones, so every picture is read once.
/// - Source: Chong and Forsyth 2020, arXiv 1911.07023.
/// - Departs: in the paper, the subsets of one order are drawn independently.
public struct FrechetExtrapolation: Sendable, Codable, Equatable {
  /// The mean distance of subsets of one size.
  public struct Point: Sendable, Codable, Equatable {
    /// The number of pictures in a subset.
    public let count: Int
    /// The mean of the distance over all orders.
    public let value: Double
  }

  /// A fit must explain more than this share of the variance; otherwise the points do not lie on a
  /// line.
  public static let leastRSquared = 0.98

  /// The intercept at 1/n = 0.
  public let value: Double
  /// The slope with respect to 1/n.
  public let slope: Double
  /// The share of the variance of ``points`` that the line explains.
  public let rSquared: Double
  /// The standard deviation of the intercept over the orders. It is not a standard error, since all
  /// orders use the same pictures. For an error, generate pictures with several seeds.
  public let deviationOverShuffles: Double
  /// How many random orders were used.
  public let shuffleCount: Int
  /// The fitted points, by size.
  public let points: [Point]

  enum CodingKeys: String, CodingKey {
    case value, slope, points
    case rSquared = "r_squared"
    case deviationOverShuffles = "deviation_over_shuffles"
    case shuffleCount = "shuffle_count"
  }

  /// Extrapolates the distance of generated features from a reference.
  ///
  /// - Parameters:
  ///   - generated: features `[pictures, width]`.
  ///   - smallest: the number of pictures in the smallest subset; 5,000 is usual.
  ///   - sizeCount: the number of sizes, evenly spaced from the smallest to all pictures.
  ///   - shuffleCount: the number of random orders.
  ///   - seed: the seed of the orders.
  ///   - allowingFewSamples: accept subsets with fewer pictures than twice the width.
  ///   - allowingCurvature: accept a fit with ``rSquared`` up to ``leastRSquared``.
  ///   - progress: called with the number of orders done and in all; may throw to stop.
  /// - Throws: `.usage` when the sizes are impossible with these pictures, `.unsound` when the
  ///   points do not lie on a line; otherwise as
  ///   ``FrechetReference/distance(to:allowingFewSamples:)``.
  /// - Complexity: for each order one pass over the features, and one eigenvalue problem per size.
  public init(
    generated: Tensor, reference: FrechetReference, smallest: Int, sizeCount: Int = 15,
    shuffleCount: Int = 20, seed: UInt64, allowingFewSamples: Bool = false,
    allowingCurvature: Bool = false, progress: (Int, Int) throws -> Void = { _, _ in }
  ) throws {
    let rows = try FeatureRows(generated, doing: Self.doing)
    let sizes = try Self.sizes(from: smallest, to: rows.count, count: sizeCount)
    guard shuffleCount > 0 else {
      throw PeregrineError(.usage, doing: Self.doing, found: "no orders", expected: "at least one")
    }
    let curves = try (0..<shuffleCount).map { shuffle in
      var stream = RandomStream(
        seed: seed, purpose: "metrics/frechet/order", index: UInt64(shuffle))
      let curve = try Self.curve(
        of: rows, inOrder: stream.permutation(rows.count), sizes: sizes, reference: reference,
        allowingFewSamples: allowingFewSamples)
      try progress(shuffle + 1, shuffleCount)
      return curve
    }
    let means = sizes.indices.map { size in
      curves.reduce(0) { $0 + $1[size] } / Double(shuffleCount)
    }
    let inverses = sizes.map { 1 / Double($0) }
    let fit = try LinearFit(x: inverses, y: means)
    guard fit.rSquared > Self.leastRSquared || allowingCurvature else {
      throw PeregrineError(
        .unsound, doing: Self.doing,
        found: "a line over 1/n that explains \(Readable.number(fit.rSquared)) of the variance",
        expected: "more than \(Self.leastRSquared)",
        advice: "Use more pictures or a larger smallest subset, or allow curvature and say so.")
    }
    let intercepts = try curves.map { try LinearFit(x: inverses, y: $0).intercept }
    let squares = intercepts.reduce(0) { $0 + ($1 - fit.intercept) * ($1 - fit.intercept) }
    value = fit.intercept
    slope = fit.slope
    rSquared = fit.rSquared
    deviationOverShuffles = (squares / Double(max(shuffleCount - 1, 1))).squareRoot()
    self.shuffleCount = shuffleCount
    points = zip(sizes, means).map { Point(count: $0, value: $1) }
  }

  private static let doing = "extrapolating a Fréchet distance"

  /// Evenly spaced whole sizes, including both ends.
  private static func sizes(from smallest: Int, to largest: Int, count: Int) throws -> [Int] {
    guard smallest > 1, count > 2, largest - smallest >= count - 1 else {
      throw PeregrineError(
        .usage, doing: doing,
        found: "\(count) sizes from \(smallest) to \(largest), the number of pictures",
        expected: "at least 3 different sizes of at least 2",
        advice: "Generate more pictures, or name a smaller smallest size.")
    }
    return (0..<count).map { smallest + (largest - smallest) * $0 / (count - 1) }
  }

  /// The distances of the first pictures of an order, by size.
  private static func curve(
    of rows: FeatureRows, inOrder order: [Int], sizes: [Int], reference: FrechetReference,
    allowingFewSamples: Bool
  ) throws -> [Double] {
    var moments = FeatureMoments()
    return try sizes.map { size in
      for range in FeatureRows.blocks(of: size - moments.count) {
        let places = order[moments.count...].prefix(range.count)
        try moments.add(block: rows.rows(at: places))
      }
      return try reference.distance(
        to: moments.statistics(), allowingFewSamples: allowingFewSamples
      ).value
    }
  }
}
