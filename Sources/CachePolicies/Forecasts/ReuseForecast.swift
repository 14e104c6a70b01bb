/// Repeats the newest value: `F̂ = F_0`, the forecast of order 0.
///
/// - Source: FORA (prathebaselva/FORA) and TeaCache (ali-vilab/TeaCache) use it.
public struct ReuseForecast: Forecast, Equatable {
  /// Creates the forecast.
  public init() {}

  /// One value.
  public var depth: Int { 1 }

  /// The newest value alone, wherever the forecast is.
  public func weights(_ history: ForecastHistory, at place: Double, products: [[Double]])
    -> ForecastWeights
  {
    ForecastWeights([1])
  }
}
