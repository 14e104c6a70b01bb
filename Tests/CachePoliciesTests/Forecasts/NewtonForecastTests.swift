import Testing

@testable import CachePolicies

@Suite struct NewtonForecastTests {
  /// Uneven places in the order of sampling, newest first, as numbers of steps and as times.
  static let grids: [[Double]] = [
    [31, 22, 21, 13, 11, 5], [0.12, 0.31, 0.35, 0.6, 0.8, 1],
  ]

  @Test(arguments: grids) func isExactForPolynomialsUpToItsOrder(_ grid: [Double]) {
    for order in 0..<grid.count {
      let forecast = NewtonForecast(order: order, limit: nil)
      let ahead = grid[0] + 0.4 * (grid[0] - grid[1])
      for degree in 0...order {
        let polynomial = { (u: Double) in
          (0...degree).reduce(0) { $0 * (u / grid[0] - 0.3) + Double($1) - 1.5 }
        }
        let found = forecast.forecast(polynomial, from: grid, at: ahead)
        #expect(abs(found - polynomial(ahead)) < 1e-9 * max(1, abs(polynomial(ahead))))
      }
    }
  }

  @Test func aPolynomialAboveItsOrderIsNotExact() {
    let forecast = NewtonForecast(order: 1, limit: nil)
    #expect(abs(forecast.forecast({ $0 * $0 }, from: [4, 2, 0], at: 5) - 25) > 1)
  }

  @Test(arguments: [
    (1, 1.0, 3.0), (1, 2, 5), (1, 3, 7), (2, 1, 7), (2, 2, 17), (2, 3, 31),
  ]) func amplifiesByTheKnownNumbersAtEvenGaps(_ order: Int, _ ahead: Double, _ expected: Double) {
    for gap in [1, 4, -0.05] {
      let history = ForecastHistory(fulls: (0...order).map { -Double($0) * gap })
      let forecast = NewtonForecast(order: order, limit: nil)
      let weights = forecast.weights(history, at: ahead * gap, products: []).fulls
      #expect(abs(weights.reduce(0) { $0 + abs($1) } - expected) < 1e-12)
      #expect(abs(weights.reduce(0, +) - 1) < 1e-12)
    }
  }

  @Test func crowdedPlacesAmplifyAndTheLimitDropsTheOldest() {
    let history = ForecastHistory(fulls: [2, 1, 0])
    func weights(_ limit: Double?) -> [Double] {
      NewtonForecast(order: 2, limit: limit).weights(history, at: 9, products: []).fulls
    }
    #expect(weights(nil).reduce(0) { $0 + abs($1) } == 127)
    #expect(weights(127).count == 3)
    #expect(weights(126) == [8, -7])
    #expect(weights(15) == [8, -7])
    #expect(weights(14) == [1])
  }

  @Test func theLimitOfSevenAllowsOneEvenGapAtOrderTwo() {
    let history = ForecastHistory(fulls: [8, 4, 0])
    let counts = (9...16).map {
      NewtonForecast().weights(history, at: Double($0), products: []).fulls.count
    }
    #expect(counts == [3, 3, 3, 3, 2, 2, 2, 2])
  }

  @Test func usesAsManyValuesAsThereAre() {
    let forecast = NewtonForecast(order: 3, limit: nil)
    #expect(forecast.depth == 4)
    #expect(forecast.weights(ForecastHistory(fulls: [5]), at: 7, products: []).fulls == [1])
    let six = ForecastHistory(fulls: [5, 4, 3, 2, 1, 0])
    #expect(forecast.weights(six, at: 6, products: []).fulls == [4, -6, 4, -1])
  }

  @Test func reuseRepeatsTheNewestValue() {
    let weights = ReuseForecast().weights(
      ForecastHistory(fulls: [5, 4]), at: 9, products: [])
    #expect(weights == ForecastWeights([1]) && ReuseForecast().depth == 1)
  }

  @Test func twoValuesAtOnePlaceAreRefused() async {
    await #expect(processExitsWith: .failure) {
      _ = NewtonForecast(order: 1).weights(
        ForecastHistory(fulls: [3, 3]), at: 4, products: [])
    }
  }
}
