import DiffusionMath
import Testing

@Suite struct ReversedClockTests {
  @Test func readingTwiceIsNothing() {
    for t in [0, 0.25, 0.5, 1] {
      #expect(ReversedClock.time(t) == 1 - t)
      #expect(ReversedClock.time(ReversedClock.time(t)) == t)
    }
  }

  /// JLT compares strictly: on where low < t', t' < high, and at the very start if low is 0.
  @Test(arguments: [(0.0, 1.0), (0.1, 1), (0.25, 0.75), (0.25, 1), (0, 0.5), (0.5, 0.5)])
  func theIntervalIsJLTs(low: Double, high: Double) {
    let interval = ReversedClock.guidanceInterval(low: low, high: high)
    for step in 0..<50 {
      let reversed = Double(step) / 50
      let isOn = reversed < high && (low == 0 || reversed > low)
      // Sampling grids hold 1 − i/N.
      #expect(interval.contains(1 - Double(step) / 50) == isOn, "\(reversed)")
    }
  }
}
