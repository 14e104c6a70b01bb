/// Continues the last values by dynamic mode decomposition: as the linear map between neighbours
/// continues them.
///
/// From `n ≥ 4` evenly spaced values, oldest first, `X` holds the first `n − 1` and `X′` the last
/// `n − 1`. With `X = U·Σ·Vᵀ`, less the singular values below a share of the largest:
///
///     S = V·(Σ + ridge)⁻¹,   Ã = Uᵀ·X′·S,   y = argmin |X′·S·y − F_0|,   F̂ = X′·S·Re(Ãᵏ·y)
///
/// with `k` the distance in gaps, fractional between full steps, and principal powers of the
/// eigenvalues. The weights of the values are `S·Re(Ãᵏ·y)`. This is the published form, `Re Φ·(λᵏ⊙b)`
/// with the modes `Φ = X′·S·W` and the eigenvectors `W` of `Ã`, with `y = W·b`.
///
/// All of it depends on inner products only, so it is computed on coordinates with these products, a
/// handful for each value (`gramCoordinates`). That costs digits in directions with small singular
/// values, about 1e-16/s² at the share `s` of the largest. Measured on the golden cases against a
/// decomposition of the values themselves, the forecast differs by 1e-13 for `s` above 0.01 and by
/// 4e-10 at 2e-4; over 4000 random fits down to the cutoff of 1e-4, by 3e-11 of the largest value.
///
/// - Source: vipshop/cache-dit, `calibrators/dmd.py`; golden cases `dmd_*`.
public struct DMDForecast: Forecast, Equatable {
  /// The forecast below four evenly spaced values.
  public enum Fallback: String, Equatable, Sendable, CaseIterable {
    /// As published: `F_0 + (x − u_0)·(F_0 − F_2)/(u_0 − u_1)`, and `F_0` before the third value. Its
    /// slope is over two gaps, divided by one.
    case published
    /// The straight line through the last two values, as far as ``NewtonForecast``'s limit allows.
    case newton
  }

  /// The most values used.
  public let history: Int
  /// The most singular values used; 0 for all.
  public let rank: Int
  /// What is added to the singular values before division.
  public let ridge: Double
  /// The share of the largest singular value below which others are dropped.
  public let cutoff: Double
  /// The forecast below four evenly spaced values.
  public let fallback: Fallback

  /// Creates the forecast; the published settings unless others are given.
  ///
  /// - Precondition: `history` is at least 4; the others are not negative.
  public init(
    history: Int = 6, rank: Int = 0, ridge: Double = 1e-8, cutoff: Double = 1e-4,
    fallback: Fallback = .published
  ) {
    precondition(history >= Self.leastAnchors, "Too few values for modes: \(history).")
    precondition(rank >= 0 && ridge >= 0 && cutoff >= 0, "Negative: \(rank), \(ridge), \(cutoff).")
    self.history = history
    self.rank = rank
    self.ridge = ridge
    self.cutoff = cutoff
    self.fallback = fallback
  }

  private static let leastAnchors = 4

  /// As many values as are used at most.
  public var depth: Int { history }
  /// Yes.
  public var needsProducts: Bool { true }

  /// How many of the newest values are evenly spaced and used; 0 below four.
  public func anchorCount(_ history: ForecastHistory) -> Int {
    let places = history.fulls.prefix(depth)
    let gaps = zip(places, places.dropFirst()).map { $0 - $1 }
    guard let gap = gaps.first else { return 0 }
    let count = gaps.prefix { abs($0 - gap) <= 1e-6 * abs(gap) }.count + 1
    return count < Self.leastAnchors ? 0 : count
  }

  /// The weights of the evenly spaced values but the oldest; the fallback's without such values, and
  /// if products or weights are not finite or all values are 0.
  ///
  /// - Precondition: `products` has a row and a column for each value used; summed in float64.
  public func weights(_ history: ForecastHistory, at place: Double, products: [[Double]])
    -> ForecastWeights
  {
    let count = anchorCount(history)
    guard count > 0 else { return fallbackWeights(history, at: place) }
    precondition(products.count >= count, "\(count) values, products of \(products.count).")
    let oldestFirst = products.prefix(count).reversed().map { Array($0.prefix(count).reversed()) }
    let gaps = (place - history.fulls[0]) / (history.fulls[0] - history.fulls[1])
    let weights = modeWeights(oldestFirst, gaps)
    guard !weights.isEmpty, weights.allSatisfy(\.isFinite) else {
      return fallbackWeights(history, at: place)
    }
    return ForecastWeights(weights.reversed())
  }

  /// The weights of the values but the first, oldest first; empty without modes.
  private func modeWeights(_ products: [[Double]], _ gaps: Double) -> [Double] {
    guard products.allSatisfy({ $0.allSatisfy(\.isFinite) }) else { return [] }
    let points = gramCoordinates(products)
    let (earlier, later) = (Array(points.dropLast()), Array(points.dropFirst()))
    let singular = SingularVectors(earlier)
    let kept = singular.values.prefix { $0 > cutoff * singular.values[0] }
    let used = rank > 0 ? min(rank, kept.count) : kept.count
    guard used > 0 else { return [] }
    let scaled = zip(singular.right, singular.values).prefix(used).map { vector, value in
      vector.map { $0 / (value + ridge) }
    }
    let images = scaled.map { combination(later, $0) }
    let map = images.map { image in singular.left.prefix(used).map { dot($0, image) } }
    let start = SingularVectors(images).leastSquares(points[points.count - 1])
    return combination(scaled, SchurForm(map).power(gaps, times: start))
  }

  private func fallbackWeights(_ history: ForecastHistory, at place: Double) -> ForecastWeights {
    switch fallback {
    case .newton:
      return NewtonForecast(order: 1).weights(history, at: place, products: [])
    case .published:
      let places = history.fulls
      guard places.count > 2 else { return ForecastWeights([1]) }
      let gaps = (place - places[0]) / (places[0] - places[1])
      return ForecastWeights([1 + gaps, 0, -gaps])
    }
  }
}
