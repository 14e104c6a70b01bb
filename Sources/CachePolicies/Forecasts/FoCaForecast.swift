/// FoCa's forecast, as its published code computes it, or with its slope mended.
///
/// With the newest values of full steps `F_0`, `F_1`, the last two values of any kind `h_0`, `h_1`,
/// and the forecast `e = x − u_0` ahead:
///
///     F̂ = F_0 + e/2·((F_0 − F_1) + (h_0 − h_1))
///
/// Beyond the horizon the forecast at the horizon is mixed with `F_0`, with the weight
/// `horizon / e`. Right after a full step, `h_0 − h_1` is the full value minus the value before it,
/// often a forecast. A difference without a second value is 0.
///
/// The published code takes `F_0 − F_1` for a slope although full steps are several steps apart,
/// which makes it too steep by the gap; and the BDF2 step that it documents it does not compute. The
/// mended slope divides each difference by its own distance.
///
/// - Source: vipshop/cache-dit; golden case `foca`.
public struct FoCaForecast: Forecast, Equatable {
  /// What becomes of the differences.
  public enum Slope: String, Equatable, Sendable, CaseIterable {
    /// Differences are used as slopes as they are. Places must be numbers of steps.
    case published
    /// Each difference is divided by the distance between its values.
    case perGap = "per-gap"
  }

  /// What becomes of the differences.
  public let slope: Slope
  /// The distance from the last full step beyond which forecasts return to its value; in the unit of
  /// places.
  public let horizon: Double

  /// Creates the forecast.
  ///
  /// - Precondition: `horizon` is positive.
  public init(slope: Slope = .published, horizon: Double = 3) {
    precondition(horizon > 0, "A horizon of \(horizon) allows no forecast.")
    self.slope = slope
    self.horizon = horizon
  }

  /// Two values.
  public var depth: Int { 2 }
  /// Yes, for the local difference.
  public var keepsForecasts: Bool { true }

  /// The weights of `F_0`, `F_1`, and of `h_0`, `h_1`.
  public func weights(_ history: ForecastHistory, at place: Double, products: [[Double]])
    -> ForecastWeights
  {
    let ahead = place - history.fulls[0]
    let isFar = abs(ahead) > horizon
    let reach = (isFar ? horizon * horizon / ahead : ahead) / 2
    let full = difference(history.fulls, reach)
    return ForecastWeights(
      full.isEmpty ? [1] : [1 + full[0], full[1]], recent: difference(history.recent, reach))
  }

  /// The weights of the two newest values in their difference times `factor`.
  private func difference(_ places: [Double], _ factor: Double) -> [Double] {
    guard places.count > 1 else { return [] }
    let weight = slope == .published ? factor : factor / (places[0] - places[1])
    return [weight, -weight]
  }
}
