import Foundation
import Synchronization
import Telemetry

/// Shows a progress meter: one live line on a terminal, plain lines every few seconds elsewhere.
/// The ``Heartbeat`` shows it again when there is no progress for long.
final class ProgressDisplay: Sendable {
  private struct State {
    var meter: ProgressMeter
    var shown = ContinuousClock.now - .seconds(60)
  }
  private let state: Mutex<State>
  /// The total amount.
  let total: Int

  /// Creates a display of progress towards `total`.
  ///
  /// - Parameters:
  ///   - startedAt: the amount done before a resume.
  ///   - batch: how much is computed at once, although it is reported one by one.
  init(total: Int, unit: String, startedAt: Int = 0, batch: Int = 1) {
    self.total = total
    state = Mutex(
      State(meter: ProgressMeter(total: total, unit: unit, startedAt: startedAt, batch: batch)))
    Heartbeat.follow(self)
  }

  /// Records progress, and shows it when due.
  func update(
    done: Int, loss: Double? = nil, gradientNorm: Double? = nil, memoryBytes: Int? = nil
  ) {
    Heartbeat.follow(self)
    let pause: Duration = Terminal.isLive ? .milliseconds(200) : .seconds(10)
    let isDue = state.withLock { state in
      state.meter.update(
        done: done, loss: loss, gradientNorm: gradientNorm, memoryBytes: memoryBytes)
      return ContinuousClock.now - state.shown >= pause || done >= total
    }
    if isDue { show() }
  }

  /// Shows the progress now.
  func show() {
    state.withLock { state in
      state.shown = .now
      if Terminal.isLive {
        Terminal.showLive(state.meter.line(width: Terminal.width - 1))
      } else {
        Terminal.complain(state.meter.plainLine())
      }
    }
  }

  /// Forgets the time spent on other work.
  func skipPause() { state.withLock { $0.meter.skipPause() } }

  /// Ends the live line.
  func finish() {
    Heartbeat.leave(self)
    Terminal.finishLiveLine()
  }
}
