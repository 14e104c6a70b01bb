import Testing

@testable import CachePolicies

@Suite struct SpectrumForecastTests {
  /// Places of full steps in a run of 28 steps: even, uneven, and few.
  static let histories: [[Double]] = [
    [20, 17, 14, 11, 8, 5], [24, 20, 17, 15, 13, 12], [10, 8, 6, 4, 3, 2],
  ]

  /// Full steps of the published schedule, and the sums of the weights one step later, computed
  /// independently.
  @Test(arguments: [
    ([3, 2, 1, 0], 0.8939), ([10, 7, 5, 3, 2, 1], 0.9335), ([17, 13, 10, 7, 5, 3], 0.9314),
    ([21, 17, 13, 10, 7, 5], 0.9174),
  ]) func thePublishedFormLosesPartOfAConstant(_ places: [Double], _ expected: Double) {
    let sum = SpectrumForecast().forecast({ _ in 1 }, from: places, at: places[0] + 1)
    #expect(abs(sum - expected) < 6e-5 && (0.89...0.94).contains(sum))
  }

  @Test(arguments: histories + [[1, 0]]) func theMendedFormKeepsAConstant(_ places: [Double]) {
    let forecast = SpectrumForecast(shrinksConstant: false)
    for ahead in [1.0, 2, 5] {
      let sum = forecast.forecast({ _ in 1 }, from: places, at: places[0] + ahead)
      #expect(abs(sum - 1) < 1e-12)
    }
  }

  @Test func withoutRidgeThePolynomialsAreExact() {
    let cubic = { (u: Double) in 1 + u * (0.3 - u * (0.02 - 0.001 * u)) }
    let forecast = SpectrumForecast(ridge: 1e-12, share: 1)
    for places in Self.histories {
      let found = forecast.forecast(cubic, from: places, at: places[0] + 2)
      #expect(abs(found - cubic(places[0] + 2)) < 1e-5)
    }
  }

  @Test func theOtherShareIsHalfADifference() {
    let weights = SpectrumForecast(share: 0).weights(
      ForecastHistory(fulls: [9, 6, 3]), at: 11, products: []
    ).fulls
    #expect(weights == [1.5, -0.5, 0])
  }

  @Test func agreesWithTheRidgeSolutionOfOneSlope() {
    // One value at τ = −1 and one at 0, constant and linear terms: ΦᵀΦ + I = [[3, −1], [−1, 2]].
    let weights = SpectrumForecast(degree: 1, share: 1).weights(
      ForecastHistory(fulls: [25, 0]), at: 50, products: []
    ).fulls
    #expect(abs(weights[0] - 0.6) < 1e-12 && abs(weights[1] + 0.2) < 1e-12)
  }
}
