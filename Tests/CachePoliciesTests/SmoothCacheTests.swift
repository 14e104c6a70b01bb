import CachePolicies
import Diagnostics
import Testing

@Suite struct SmoothCacheTests {
  private let errors = [[0.1, 0.3, 0.1], [0.1, 0.2, 0.3], [0.1, 0.15], [0.1], []]

  @Test func aValueIsUsedUntilItsErrorReachesTheThreshold() throws {
    // From step 0: 0.1 at step 1, 0.3 at step 2, so step 2 is full; from there 0.1 and 0.15.
    let run = try PolicyRun(SmoothCache(errors: errors, threshold: 0.2), steps: 5)
    #expect(run.full == [1, 0, 1, 0, 0])
  }

  @Test func aThresholdThatIsReachedMakesAStepFull() {
    #expect(
      SmoothCache.schedule(errors: errors, threshold: 0.15) == [true, false, true, false, true])
    #expect(SmoothCache.schedule(errors: errors, threshold: 0) == Array(repeating: true, count: 5))
  }

  @Test func runsEndAtTheirLimitAndWhereNothingIsKnown() {
    #expect(
      SmoothCache.schedule(errors: errors, threshold: 1, longestRun: 1)
        == [true, false, true, false, true])
    #expect(
      SmoothCache.schedule(errors: errors, threshold: 1) == [true, false, false, false, true])
  }

  @Test func aCalibrationForOtherStepsIsRefused() {
    #expect(throws: PeregrineError.self) {
      try PolicyRun(SmoothCache(errors: errors, threshold: 1), steps: 6)
    }
  }
}
