import Diagnostics
import Testing

@testable import CachePolicies

@Suite struct DriftObserverTests {
  @Test func offlineDriftIsTheSmoothedWeightedSum() {
    let scales: [DriftMeasure: Double] = [.secondOrder: 0.2, .change: 0.1]
    var observer = DriftObserver(normalisation: .offline(scales)).restarted()
    #expect(observer.drift == 1)
    // u = 2 for the second order, 3 for the change.
    let first = observer.observe(reading(secondOrder: 0.4, change: 0.3))
    let firstExpected: Double = 0.3 * 1 + 0.7 * (0.7 * 2 + 0.3 * 3)
    #expect(abs(first - firstExpected) < 1e-12)
    // u = 100 is cut to 10; u = 0.
    let second = observer.observe(reading(secondOrder: 20, change: 0))
    let secondExpected: Double = 0.3 * first + 0.7 * 0.7 * 10
    #expect(abs(second - secondExpected) < 1e-12)
  }

  @Test func runningSizesAreTheMeanOfTheWarmUpAndThenFollow() {
    var observer = DriftObserver(weights: [.change: 1], smoothing: 0).restarted()
    observer.seed(CacheReading())
    observer.seed(reading(change: 1))
    observer.seed(reading(change: 3))
    #expect(observer.drift == 1)
    #expect(abs(observer.observe(reading(change: 4)) - 2) < 1e-12)
    // The size is now 0.9 · 2 + 0.1 · 4 = 2.2.
    #expect(abs(observer.observe(reading(change: 4)) - 4 / 2.2) < 1e-12)
  }

  @Test func aMeasureThatTheWarmUpLacksStartsAsUsual() {
    var observer = DriftObserver(weights: [.secondOrder: 1], smoothing: 0).restarted()
    observer.seed(reading(change: 1))
    #expect(observer.observe(reading(secondOrder: 0.25)) == 1)
    #expect(abs(observer.observe(reading(secondOrder: 0.5)) - 2) < 1e-12)
  }

  @Test func everyMeasureIsReadFromItsPlace() {
    var all = CacheReading()
    (all.forecastErrors, all.forecastAngle, all.sincePrevious) = ([1, 2], 3, 4)
    #expect(DriftMeasure.allCases.map { $0.value(in: all) } == [1, 2, 3, 4])
    #expect(DriftMeasure.allCases.allSatisfy { $0.value(in: CacheReading()) == nil })
  }

  @Test func whatIsNotFiniteGivesNaNAndTeachesNothing() {
    var observer = DriftObserver(weights: [.change: 1]).restarted()
    observer.seed(reading(change: .nan))
    observer.seed(reading(change: 2))
    let before = observer
    #expect(observer.observe(reading(change: .infinity)).isNaN)
    #expect(observer == before)
    #expect(abs(observer.observe(reading(change: 2)) - 1) < 1e-12)
  }

  @Test func theMediansOfACalibrationAreTheUsualSizes() throws {
    let readings = [5.0, 1, 3, 2].map { reading(secondOrder: $0, change: 10 * $0) }
    let medians = try DriftMeasure.medians(of: readings + [CacheReading()])
    #expect(medians == [.firstOrder: 0, .secondOrder: 2.5, .change: 25])
    #expect(throws: PeregrineError.self) {
      try DriftMeasure.medians(of: [reading(change: .nan)])
    }
  }

  private func reading(secondOrder: Double? = nil, change: Double? = nil) -> CacheReading {
    var reading = CacheReading()
    reading.forecastErrors = secondOrder.map { [0, $0] }
    reading.sincePrevious = change
    return reading
  }
}
