import Testing

@testable import CachePolicies

@Suite struct FoCaForecastTests {
  @Test func matchesThePublishedCode() throws {
    let golden = try PolicyFixture()["foca"]
    let isFull = try golden.input("mask").numbers.map { $0 == 1 }
    let forecast = FoCaForecast(horizon: try golden.number("horizon"))
    let replay = ForecastReplay.run(forecast, try golden.input("feature"), isFull: isFull)
    #expect(try golden.departures("value", replay.values) == [])
  }

  @Test func theMendedSlopeDividesEachDifferenceByItsOwnGap() {
    let history = ForecastHistory(fulls: [8, 4], recent: [8, 7])
    let weights = FoCaForecast(slope: .perGap).weights(history, at: 10, products: [])
    #expect(weights == ForecastWeights([1.25, -0.25], recent: [1, -1]))
    let published = FoCaForecast().weights(history, at: 10, products: [])
    #expect(published == ForecastWeights([2, -1], recent: [1, -1]))
  }

  @Test func onAStraightLineTheMendedSlopeMissesLess() {
    let line = (0..<12).map { [3 - 0.7 * Double($0)] }
    let isFull = (0..<12).map { $0.isMultiple(of: 4) }
    func error(_ slope: FoCaForecast.Slope) -> Double {
      let values = ForecastReplay(FoCaForecast(slope: slope), line, isFull: isFull).values
      return (9..<12).map { abs(values[$0][0] - line[$0][0]) }.max() ?? 0
    }
    #expect(error(.perGap) < error(.published) / 2)
  }

  @Test func theMendedSlopeIsExactForALineWhoseLocalDifferenceIsExact() {
    let history = ForecastHistory(fulls: [0.4, 0.7], recent: [0.4, 0.5])
    let forecast = FoCaForecast(slope: .perGap)
    let weights = forecast.weights(history, at: 0.3, products: [])
    let line = { (u: Double) in 2 - 5 * u }
    let found =
      zip(weights.fulls, history.fulls).reduce(0) { $0 + $1.0 * line($1.1) }
      + zip(weights.recent, history.recent).reduce(0) { $0 + $1.0 * line($1.1) }
    #expect(abs(found - line(0.3)) < 1e-12)
  }

  @Test func returnsTowardsTheLastFullValueBeyondTheHorizon() {
    let history = ForecastHistory(fulls: [8, 7], recent: [8, 7])
    let slopes = (9...14).map {
      FoCaForecast().weights(history, at: Double($0), products: []).recent[0]
    }
    #expect(slopes == [0.5, 1, 1.5, 1.125, 0.9, 0.75])
  }

  @Test func repeatsASingleValue() {
    let history = ForecastHistory(fulls: [0], recent: [0])
    #expect(FoCaForecast().weights(history, at: 1, products: []) == ForecastWeights([1]))
  }
}
