import Foundation
import Synchronization
import Testing

@testable import Telemetry

/// A clock that moves only when told.
final class HandClock: Sendable {
  private let instant = Mutex(ContinuousClock.now)
  func advance(_ duration: Duration) { instant.withLock { $0 += duration } }
  var now: @Sendable () -> ContinuousClock.Instant { { self.instant.withLock { $0 } } }
}

@Suite struct RunClockTests {
  let hand = HandClock()

  @Test func phasesNeverOverlap() {
    var clock = RunClock(now: hand.now)
    hand.advance(.seconds(100))
    clock.start(.setup)
    hand.advance(.seconds(4))
    #expect(clock.start(.training) == .setup)
    hand.advance(.seconds(10))
    #expect(clock.start(.evaluation) == .training)
    hand.advance(.seconds(1_000))
    clock.start(.checkpoint)
    hand.advance(.seconds(2))
    clock.start(.training)
    hand.advance(.milliseconds(500))
    #expect(clock.seconds(in: .training) == 10.5)
    #expect(clock.stop() == .training)
    hand.advance(.seconds(7))
    #expect(clock.stop() == nil)
    #expect(clock.seconds(in: .setup) == 4)
    #expect(clock.seconds(in: .training) == 10.5)
    #expect(clock.seconds(in: .evaluation) == 1_000)
    #expect(clock.seconds(in: .checkpoint) == 2)
    #expect(clock.totalSeconds == 1_016.5)
  }

  @Test func rateLeavesOutWarmUpAndEvaluation() {
    var clock = RunClock(warmUpSteps: 2, now: hand.now)
    clock.start(.training)
    #expect(clock.imagesPerSecond == nil)
    for _ in 0..<2 {
      hand.advance(.seconds(30))
      clock.countStep(images: 64)
    }
    #expect(clock.imagesPerSecond == nil)
    for step in 0..<4 {
      hand.advance(.milliseconds(500))
      clock.countStep(images: 64)
      if step == 1 {
        clock.start(.evaluation)
        hand.advance(.seconds(1_000))
        clock.start(.training)
      }
    }
    #expect(clock.imagesPerSecond == 128)
    #expect(clock.seconds(in: .training) == 62)
  }

  @Test func recentRateIsSinceLastAsked() {
    var clock = RunClock(warmUpSteps: 0, now: hand.now)
    clock.start(.training)
    hand.advance(.seconds(1))
    clock.countStep(images: 100)
    #expect(clock.takeRecentImagesPerSecond() == 100)
    #expect(clock.takeRecentImagesPerSecond() == nil)
    hand.advance(.seconds(2))
    clock.countStep(images: 100)
    #expect(clock.takeRecentImagesPerSecond() == 50)
    #expect(clock.imagesPerSecond == 200.0 / 3)
  }

  @Test func goesOnOverRestarts() throws {
    var clock = RunClock(warmUpSteps: 1, now: hand.now)
    clock.start(.training)
    for seconds in [20, 1, 1] {
      hand.advance(.seconds(seconds))
      clock.countStep(images: 10)
    }
    clock.start(.checkpoint)
    hand.advance(.seconds(3))
    // Saved while the checkpoint phase runs: its three seconds are in the file.
    let saved = try JSONEncoder().encode(clock)
    hand.advance(.seconds(5_000))

    var resumed = try JSONDecoder().decode(RunClock.self, from: saved)
    resumed.now = hand.now
    #expect(resumed.stop() == nil)
    #expect(resumed.seconds(in: .training) == 22)
    #expect(resumed.seconds(in: .checkpoint) == 3)
    #expect(resumed.imagesPerSecond == 10)
    resumed.start(.training)
    for seconds in [40, 4] {  // The first step after a restart is warm-up again.
      hand.advance(.seconds(seconds))
      resumed.countStep(images: 10)
    }
    #expect(resumed.seconds(in: .training) == 66)
    #expect(resumed.imagesPerSecond == 5)
  }

  @Test func savedFormIsReadable() throws {
    var clock = RunClock(warmUpSteps: 0, now: hand.now)
    clock.start(.training)
    hand.advance(.seconds(2))
    clock.countStep(images: 8)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    #expect(
      String(decoding: try encoder.encode(clock), as: UTF8.self) == """
        {"rated_images":8,"rated_seconds":2,"seconds":{"checkpoint":0,"evaluation":0,"setup":0,\
        "training":2},"warm_up_steps":0}
        """)
  }
}
