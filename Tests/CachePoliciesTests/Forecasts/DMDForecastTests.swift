import Foundation
import Testing

@testable import CachePolicies

@Suite struct DMDForecastTests {
  @Test(arguments: ["dmd_exact", "dmd_smooth", "dmd_mixed", "dmd_rank2", "dmd_history4"])
  func matchesThePublishedCode(_ id: String) throws {
    let golden = try PolicyFixture()[id]
    let isFull = try golden.input("mask").numbers.map { $0 == 1 }
    let forecast = DMDForecast(
      history: try golden.integer("history"), rank: try golden.integer("rank"),
      ridge: try golden.number("ridge"), cutoff: try golden.number("mode_cutoff"))
    let replay = ForecastReplay.run(forecast, try golden.input("feature"), isFull: isFull)
    #expect(try golden.departures("value", replay.values) == [])
    let anchors = isFull.indices.map { step in
      Double(replay.histories[step].map(forecast.anchorCount) ?? 0)
    }
    #expect(try golden.departures("anchors", anchors) == [])
  }

  /// A constant, a decaying and a turning feature: four modes in eight dimensions.
  static func decaying(_ step: Double) -> [Double] {
    (0..<8).map { index in
      let phase = Double(index)
      return 1 / (1 + phase) + cos(2 * phase) * pow(0.9, step)
        + pow(0.95, step) * cos(0.3 * step + phase)
    }
  }

  @Test func isExactForDecayingAndTurningModes() {
    let recorded = (0..<20).map { Self.decaying(Double($0)) }
    let isFull = (0..<20).map { $0.isMultiple(of: 3) }
    let values = ForecastReplay(DMDForecast(ridge: 0), recorded, isFull: isFull).values
    for step in 15..<20 {
      #expect(zip(values[step], recorded[step]).allSatisfy { abs($0 - $1) < 1e-8 })
    }
  }

  /// Features linear in time make a map with too few eigenvectors.
  @Test func survivesFeaturesLinearInTime() {
    let recorded = (0..<20).map { step in [1, 2 + Double(step), 3 * Double(step) - 4] }
    let isFull = (0..<20).map { $0.isMultiple(of: 2) }
    let values = ForecastReplay(DMDForecast(), recorded, isFull: isFull).values
    for step in 9..<20 {
      #expect(zip(values[step], recorded[step]).allSatisfy { abs($0 - $1) < 1e-5 })
    }
  }

  @Test func keepsAConstantAndReusesZeros() {
    for value in [0.0, 2.5] {
      let recorded = [[Double]](repeating: [value, -value], count: 6)
      let replay = ForecastReplay(
        DMDForecast(), recorded, isFull: [true, true, true, true, true, false])
      #expect(zip(replay.values[5], recorded[5]).allSatisfy { abs($0 - $1) < 1e-7 })
    }
  }

  @Test func leavesUnevenAndFewValuesToTheFallback() {
    let even = ForecastHistory(fulls: [9, 6, 3])
    let uneven = ForecastHistory(fulls: [9, 6, 3, 1, 0])
    let (published, newton) = (DMDForecast(), DMDForecast(fallback: .newton))
    for history in [even, uneven] {
      #expect(published.weights(history, at: 12, products: []) == ForecastWeights([2, 0, -1]))
      #expect(newton.weights(history, at: 12, products: []) == ForecastWeights([2, -1]))
    }
    let two = ForecastHistory(fulls: [9, 6])
    #expect(published.weights(two, at: 12, products: []) == ForecastWeights([1]))
    #expect(newton.weights(two, at: 12, products: []) == ForecastWeights([2, -1]))
  }

  @Test func fallsBackIfProductsAreNotFinite() {
    let history = ForecastHistory(fulls: [3, 2, 1, 0])
    for broken in [Double.nan, .infinity] {
      let products = [[Double]](repeating: [broken, 1, 1, 1], count: 4)
      let found = DMDForecast(fallback: .newton).weights(history, at: 4, products: products)
      #expect(found == ForecastWeights([2, -1]))
    }
  }

  @Test func evenTimesAreEvenDespiteRounding() {
    let times = (0..<6).map { 1 - 0.1 * Double($0) }.reversed()
    #expect(DMDForecast().anchorCount(ForecastHistory(fulls: Array(times))) == 6)
  }
}
