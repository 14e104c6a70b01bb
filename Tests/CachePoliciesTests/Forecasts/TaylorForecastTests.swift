import Testing

@testable import CachePolicies

@Suite struct TaylorForecastTests {
  /// The golden cases with the settings that their parameters name differently.
  static let cases: [(id: String, order: String, mask: String)] =
    [
      "taylorseer_dit_order1", "taylorseer_dit_order2", "taylorseer_dit_order3",
      "taylorseer_dit_order4", "taylorseer_flux_order1", "taylorseer_flux_order2",
      "taylorseer_hunyuan_order1", "taylor_uneven_order1", "taylor_uneven_order2",
      "taylor_uneven_order3", "taylor_uneven_order4",
    ].map { ($0, "order", "output") }
    + ["diffusers_taylor_a", "diffusers_taylor_b"].map { ($0, "max_order", "output") }
    + ["cachedit_taylor_order1", "cachedit_taylor_order2", "cachedit_taylor_order3"].map {
      ($0, "order", "input")
    }

  @Test(arguments: cases) func matchesThePublishedCode(
    _ id: String, _ order: String, _ mask: String
  )
    throws
  {
    let golden = try PolicyFixture()[id]
    let full = try mask == "input" ? golden.input("mask") : golden.output("full")
    let forecast = TaylorForecast(
      order: try golden.integer(order),
      firstDifference: golden.params["first_difference_step"] as? Int ?? 0)
    let isFull = full.numbers.map { $0 == 1 }
    let replay = ForecastReplay.run(forecast, try golden.input("feature"), isFull: isFull)
    #expect(try golden.departures("value", replay.values) == [])
    guard golden.outputs["factors"] != nil else { return }
    var fulls: [Double] = []
    let counts = isFull.enumerated().map { step, isFull in
      if isFull { fulls = Array(([Double(step)] + fulls).prefix(forecast.depth)) }
      return Double(forecast.factorCount(ForecastHistory(fulls: fulls)))
    }
    #expect(try golden.departures("factors", counts) == [])
  }

  @Test func isExactForStraightLinesAtAnyDistances() {
    for order in 1...4 {
      let found = TaylorForecast(order: order).forecast(
        { 3 - 0.7 * $0 }, from: [33, 22, 21, 13, 11], at: 37)
      #expect(abs(found - (3 - 0.7 * 37)) < 1e-9)
    }
  }

  @Test(arguments: [1.0, 4, 6]) func missesASquareByGapTimesDistance(_ gap: Double) {
    for order in 2...4 {
      let places = (0..<5).map { 40 - Double($0) * gap }
      for ahead in [1.0, 3, 5] {
        let found = TaylorForecast(order: order).forecast(
          { $0 * $0 }, from: places, at: 40 + ahead)
        #expect(abs(found - (40 + ahead) * (40 + ahead) + gap * ahead) < 1e-6)
      }
    }
  }

  @Test func weightsSumToOne() {
    for order in 0...4 {
      let weights = TaylorForecast(order: order).weights(
        ForecastHistory(fulls: [33, 22, 21, 13, 11]), at: 38, products: []
      ).fulls
      #expect(weights.count == order + 1)
      #expect(abs(weights.reduce(0, +) - 1) < 1e-9)
    }
  }

  @Test func formsNoDifferenceBeforeItsFirstStep() {
    let forecast = TaylorForecast(order: 2, firstDifference: 2)
    #expect(forecast.weights(ForecastHistory(fulls: [1, 0]), at: 2, products: []).fulls == [1])
    #expect(
      forecast.weights(ForecastHistory(fulls: [2, 1, 0]), at: 3, products: []).fulls == [2, -1])
    #expect(forecast.factorCount(ForecastHistory(fulls: [3, 2, 1])) == 3)
  }
}
