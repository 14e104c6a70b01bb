/// Spectrum's forecast: Chebyshev polynomials fitted to the last values, mixed with half a
/// difference.
///
/// With the values `h_k` at the places `u_k`, newest first, `τ` the place mapped to −1...1, and
/// `φ = (T_0, …, T_degree)` the Chebyshev polynomials:
///
///     F̂ = share·φ(τ_x)·(ΦᵀΦ + ridge·I)⁻¹Φᵀh + (1 − share)·(h_0 + (h_0 − h_1)/2),   Φ_k = φ(τ_k)
///
/// The published ridge also shrinks the constant polynomial: the weights sum to 0.89 to 0.94 early
/// in a run, so that a constant feature loses 6 to 11 % at every forecast, and to 0.8 far from the
/// last value. Without a ridge on the constant they sum to 1. The half difference is half a gap ahead, however far the forecast is; both forms keep
/// it.
///
/// - Source: Spectrum, arXiv 2603.01623, as in leejet/stable-diffusion.cpp. Its code forecasts with
///   two values at least; with one, this repeats it.
public struct SpectrumForecast: Forecast, Equatable {
  /// Whether the ridge also shrinks the constant polynomial, as published.
  public let shrinksConstant: Bool
  /// The highest degree of the polynomials.
  public let degree: Int
  /// The weight of squared coefficients beside squared errors.
  public let ridge: Double
  /// The number of values that polynomials are fitted to.
  public let history: Int
  /// The share of the polynomials in the forecast.
  public let share: Double
  /// The places 0 to `span` are mapped to −1...1. The published code has 50 steps, however many there
  /// are.
  public let span: Double

  /// Creates the forecast; the published settings unless others are given.
  ///
  /// - Precondition: `degree` and `history` are positive, `history` at least 2; `ridge` and `span`
  ///   are positive.
  public init(
    shrinksConstant: Bool = true, degree: Int = 3, ridge: Double = 1, history: Int = 6,
    share: Double = 0.4, span: Double = 50
  ) {
    precondition(degree >= 1 && history >= 2, "Nothing to fit: \(degree), \(history).")
    precondition(ridge > 0 && span > 0, "Not positive: \(ridge), \(span).")
    self.shrinksConstant = shrinksConstant
    self.degree = degree
    self.ridge = ridge
    self.history = history
    self.share = share
    self.span = span
  }

  /// As many values as polynomials are fitted to.
  public var depth: Int { history }

  /// The weights of the last values.
  public func weights(_ history: ForecastHistory, at place: Double, products: [[Double]])
    -> ForecastWeights
  {
    let places = history.fulls.prefix(depth)
    guard places.count > 1 else { return ForecastWeights([1]) }
    var weights = fit(places.map(polynomials), at: polynomials(place)).map { share * $0 }
    weights[0] += (1 - share) * 1.5
    weights[1] -= (1 - share) * 0.5
    return ForecastWeights(weights)
  }

  /// `Φ(ΦᵀΦ + ridge)⁻¹φ`: the weights of the values in the fitted polynomials at one place.
  private func fit(_ rows: [[Double]], at target: [Double]) -> [Double] {
    let normal = target.indices.map { i in
      target.indices.map { j in
        let isPenalty = i == j && (i > 0 || shrinksConstant)
        return rows.reduce(isPenalty ? ridge : 0) { $0 + $1[i] * $1[j] }
      }
    }
    let solution = SingularVectors(normal).leastSquares(target)
    return rows.map { dot($0, solution) }
  }

  /// `T_0(τ), …, T_degree(τ)` by `T_{n+1} = 2τ·T_n − T_{n−1}`.
  private func polynomials(_ place: Double) -> [Double] {
    let tau = 2 * place / span - 1
    var values = [1, tau]
    while values.count <= degree {
      values.append(2 * tau * values[values.count - 1] - values[values.count - 2])
    }
    return values
  }
}
