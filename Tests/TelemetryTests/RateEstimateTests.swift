import Testing

@testable import Telemetry

/// The rate behind "… left".
@Suite struct RateEstimateTests {
  let start = ContinuousClock.now

  private func rate(
    batch: Int = 1, of reports: [(seconds: Double, done: Int)]
  ) -> Double? {
    var estimate = RateEstimate(batch: batch)
    for report in reports { estimate.report(report.done, at: start + .seconds(report.seconds)) }
    return estimate.rate
  }

  @Test func theFirstUnitIsLeftOut() {
    #expect(rate(of: [(60, 1)]) == nil)
    #expect(rate(of: [(60, 1), (62, 2)]) == 0.5)
  }

  /// A batch of 50 pictures takes 6 s, then they are reported within a moment.
  @Test func picturesReportedInBatchesAreCountedAsBatches() {
    var batches: [(seconds: Double, done: Int)] = []
    for picture in 0..<150 {
      let (batch, place) = (picture / 50, picture % 50)
      batches.append((seconds: 6 * Double(batch + 1) + 0.04 * Double(place), done: picture + 1))
    }
    let expected = 50.0 / 6.0
    #expect(rate(batch: 50, of: Array(batches[..<50])) == nil)
    for reports in [Array(batches[..<51]), batches] {
      let rate = rate(batch: 50, of: reports) ?? 0
      #expect(abs(rate - expected) < 1e-6)
    }
  }

  @Test func aSecondMustBeMeasured() {
    #expect(rate(of: [(0, 1), (0.5, 100)]) == nil)
    #expect(rate(of: [(0, 1), (0.5, 100), (2, 201)]) == 100)
  }

  @Test func pausesAreLeftOut() {
    var estimate = RateEstimate(batch: 1)
    estimate.report(10, at: start)
    estimate.report(11, at: start + .seconds(0.5))
    estimate.skipPause(until: start + .seconds(100.5))
    estimate.report(14, at: start + .seconds(102))
    #expect(estimate.rate == 2)
  }
}
