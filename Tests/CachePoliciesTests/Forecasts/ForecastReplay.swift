@testable import CachePolicies

/// Applies a forecast to recorded values along a trajectory, as an executor does.
struct ForecastReplay {
  /// The value at each step: the recorded one at full steps, the forecast otherwise.
  private(set) var values: [[Double]] = []
  /// What the forecast was told before each forecast, by step.
  private(set) var histories: [Int: ForecastHistory] = [:]

  /// Replays all steps of one picture; `isFull` must hold for the first.
  init(_ forecast: some Forecast, _ recorded: [[Double]], isFull: [Bool]) {
    var fulls: [Int] = []
    for (step, value) in recorded.enumerated() {
      guard !isFull[step] else {
        fulls.insert(step, at: 0)
        values.append(value)
        continue
      }
      let kept = fulls.prefix(forecast.depth)
      let recent = forecast.keepsForecasts ? Array((0..<step).reversed().prefix(2)) : []
      let history = ForecastHistory(fulls: kept.map(Double.init), recent: recent.map(Double.init))
      histories[step] = history
      let products =
        forecast.needsProducts
        ? kept.map { i in kept.map { dot(recorded[i], recorded[$0]) } } : []
      let weights = forecast.weights(history, at: Double(step), products: products)
      values.append(
        combination(
          kept.prefix(weights.fulls.count).map { recorded[$0] } + recent.map { values[$0] },
          weights.fulls + weights.recent))
    }
  }

  /// Replays a golden case, whose second dimension are pictures, and returns the values in its order.
  static func run(
    _ forecast: some Forecast, _ feature: PolicyFixture.Values, isFull: [Bool]
  ) -> (values: [Double], histories: [Int: ForecastHistory]) {
    let rows = feature.shape[1]
    let replays = (0..<rows).map { row in
      let recorded = isFull.indices.map { step in
        let values = feature[step]
        return Array(values[row * values.count / rows..<(row + 1) * values.count / rows])
      }
      return ForecastReplay(forecast, recorded, isFull: isFull)
    }
    let values = isFull.indices.flatMap { step in replays.flatMap { $0.values[step] } }
    return (values, replays[0].histories)
  }
}

extension Forecast {
  /// The forecast of a function from its values at places, newest first.
  func forecast(
    _ function: (Double) -> Double, from places: [Double], at place: Double
  ) -> Double {
    let weights = weights(ForecastHistory(fulls: places), at: place, products: []).fulls
    return zip(weights, places).reduce(0) { $0 + $1.0 * function($1.1) }
  }
}
