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
    let batches = (0..<150).map { picture in
      let seconds = Double(6 + 6 * (picture / 50)) + 0.04 * Double(picture % 50)
      return (seconds: seconds, done: picture + 1)
    }
    #expect(rate(batch: 50, of: Array(batches[..<50])) == nil)
    #expect(abs((rate(batch: 50, of: Array(batches[..<51])) ?? 0) - 50 / 6) < 1e-6)
    #expect(abs((rate(batch: 50, of: batches) ?? 0) - 50 / 6) < 1e-6)
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
