/// Forecasts a value of the network from values at earlier full steps, as their weighted sum.
///
/// A forecast only computes the weights; whoever keeps the values adds them up, in one pass over
/// memory whatever the order.
public protocol Forecast: Sendable {
  /// How many values of full steps are kept.
  var depth: Int { get }
  /// Whether the last two values of any kind, forecasts included, are kept as well.
  var keepsForecasts: Bool { get }
  /// Whether the weights depend on the inner products of the kept values.
  var needsProducts: Bool { get }
  /// The weights of the kept values.
  ///
  /// - Parameters:
  ///   - place: the place of the forecast: a step's number or its time, as in the history.
  ///   - products: the inner products of the kept values of full steps, newest first; only given if
  ///     ``needsProducts``.
  func weights(_ history: ForecastHistory, at place: Double, products: [[Double]])
    -> ForecastWeights
}

extension Forecast {
  /// By default only values of full steps are kept.
  public var keepsForecasts: Bool { false }
  /// By default the places alone decide.
  public var needsProducts: Bool { false }
}

/// The places of the kept values: step numbers or times.
public struct ForecastHistory: Equatable, Sendable {
  /// The places of the full steps, newest first; at least one, and all different.
  public var fulls: [Double]
  /// The places of the last two values of any kind, newest first; empty unless forecasts are kept.
  public var recent: [Double]

  /// Creates a history.
  public init(fulls: [Double], recent: [Double] = []) {
    self.fulls = fulls
    self.recent = recent
  }
}

/// The weights of kept values in a forecast.
public struct ForecastWeights: Equatable, Sendable {
  /// The weights of the full steps' values, newest first; values beyond the last weight do not count.
  public var fulls: [Double]
  /// The weights of the last values of any kind, newest first.
  public var recent: [Double]

  /// Creates weights.
  public init(_ fulls: [Double], recent: [Double] = []) {
    self.fulls = fulls
    self.recent = recent
  }
}
