/// How SpeCa measures the error of a forecast f of an exact value x, both of one picture.
///
/// - Source: Shenyi-Z/Cache4Diffusion; matches the fixture's `speca_metrics_*`.
public enum ForecastErrorMetric: String, CaseIterable, Sendable {
  /// mean |f - x|.
  case meanAbsolute
  /// sqrt(mean (f - x)²).
  case rootMeanSquare
  /// mean (|f - x| / (|x| + epsilon)): SpeCa's default. It is relative to each element, so elements
  /// near zero dominate it.
  case relativeMeanAbsolute
  /// sqrt(mean (|f - x| / (|x| + epsilon))²).
  case relativeRootMeanSquare
  /// 1 - (f · x) / (|f| |x|).
  case cosine

  /// The error.
  ///
  /// - Parameters:
  ///   - forecast: the elements of the forecast; at least one.
  ///   - exact: the elements of the exact value, as many.
  ///   - epsilon: what keeps relative errors finite; the code uses 1e-10 for DiT and FLUX, and 1e-8 for
  ///     HunyuanVideo.
  public func error(of forecast: [Double], against exact: [Double], epsilon: Double = 1e-10)
    -> Double
  {
    precondition(
      forecast.count == exact.count && !exact.isEmpty,
      "A forecast of \(forecast.count) elements cannot be compared with \(exact.count).")
    func mean(_ term: (_ difference: Double, _ exact: Double) -> Double) -> Double {
      zip(forecast, exact).reduce(0) { $0 + term(abs($1.0 - $1.1), abs($1.1)) }
        / Double(exact.count)
    }
    func square(_ value: Double) -> Double { value * value }
    func product(_ a: [Double], _ b: [Double]) -> Double {
      zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
    }
    switch self {
    case .meanAbsolute: return mean { difference, _ in difference }
    case .rootMeanSquare: return mean { difference, _ in square(difference) }.squareRoot()
    case .relativeMeanAbsolute: return mean { $0 / ($1 + epsilon) }
    case .relativeRootMeanSquare: return mean { square($0 / ($1 + epsilon)) }.squareRoot()
    case .cosine:
      let norms = (product(forecast, forecast) * product(exact, exact)).squareRoot()
      return 1 - product(forecast, exact) / norms
    }
  }
}
