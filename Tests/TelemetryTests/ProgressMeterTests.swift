import Testing

@testable import Telemetry

@Suite struct ProgressMeterTests {
  let hand = HandClock()

  private func meter() -> ProgressMeter {
    var meter = ProgressMeter(total: 100_000, unit: "images", startedAt: 20_000, now: hand.now)
    for step in 1...4 {
      hand.advance(.seconds(2))
      meter.update(
        done: 20_000 + step * 1_024, loss: 0.8, gradientNorm: 0.4123, memoryBytes: 1_900_000_000)
    }
    return meter
  }

  @Test func wideLine() {
    #expect(
      meter().line(width: 140) == """
        ━━━━━━━───────────────────────  24 %  24.1 k/100 k images  512 images/s  2 min 28 s left  \
        loss 0.8  grad 0.412  1.9 GB
        """)
  }

  @Test func plainLine() {
    #expect(
      meter().plainLine() == """
        24.1 k/100 k images (24 %), 512 images/s, 2 min 28 s left, loss 0.8, grad 0.412, 1.9 GB
        """)
  }

  @Test func beforeTheFirstUpdateThereIsNoRate() {
    let meter = ProgressMeter(total: 500, unit: "pictures", now: hand.now)
    #expect(meter.line(width: 60) == "──────────────────────────────  0 %  0/500 pictures")
    #expect(meter.plainLine() == "0/500 pictures (0 %)")
  }

  /// 25 seconds of sampling were once announced as 23 minutes, because the first picture was slow.
  @Test func thereIsNoTimeLeftBeforeThereIsSomethingToBaseItOn() {
    var meter = ProgressMeter(total: 200, unit: "pictures", batch: 50, now: hand.now)
    hand.advance(.seconds(7))
    for done in 1...50 { meter.update(done: done) }
    #expect(meter.plainLine() == "50/200 pictures (25 %)")
    hand.advance(.seconds(6))
    meter.update(done: 51)
    #expect(meter.plainLine() == "51/200 pictures (25 %), 8.33 pictures/s, 18 s left")
  }

  /// Long silence shows itself, so that every line differs from the one before.
  @Test func workThatDoesNotMoveSaysHowLongItHasTaken() {
    var meter = ProgressMeter(total: 8, unit: "pictures", now: hand.now)
    hand.advance(.seconds(10))
    #expect(meter.plainLine() == "0/8 pictures (0 %), 10 s so far")
    hand.advance(.seconds(10))
    #expect(meter.plainLine() == "0/8 pictures (0 %), 20 s so far")
    meter.update(done: 1)
    #expect(meter.plainLine() == "1/8 pictures (12 %)")
  }

  @Test func narrowLineDropsTheLeastImportant() {
    #expect(
      meter().line(width: 80)
        == "━━──────────  24 %  24.1 k/100 k images  512 images/s  2 min 28 s left  loss 0.8")
  }

  @Test(arguments: 0..<160)
  func lineNeverExceedsTheWidth(width: Int) {
    #expect(meter().line(width: width).count <= width)
  }

  @Test func pausesDoNotCount() {
    var meter = meter()
    let before = meter.plainLine()
    hand.advance(.seconds(10_000))
    meter.skipPause()
    hand.advance(.seconds(2))
    meter.update(done: 25_120)
    #expect(before.contains("512 images/s"))
    #expect(meter.plainLine().contains("512 images/s"))
  }

  @Test func lossIsSmoothedWithoutBias() {
    var meter = ProgressMeter(total: 10, unit: "steps", now: hand.now)
    meter.update(done: 0, loss: 4)
    #expect(meter.plainLine().contains("loss 4"))
    meter.update(done: 0, loss: 2)
    // Weights 0.95 and 1 over 1.95.
    #expect(meter.plainLine().contains("loss 2.974"))
  }

  @Test func doneMeansOneHundred() {
    var meter = ProgressMeter(total: 1_000, unit: "steps", now: hand.now)
    hand.advance(.seconds(1))
    meter.update(done: 999)
    #expect(meter.plainLine().hasPrefix("999/1,000 steps (99 %)"))
    hand.advance(.milliseconds(1))
    meter.update(done: 1_000)
    #expect(meter.plainLine().hasPrefix("1,000/1,000 steps (100 %)"))
    #expect(!meter.plainLine().contains("left"))
  }
}
