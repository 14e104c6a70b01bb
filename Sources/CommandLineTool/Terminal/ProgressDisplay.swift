import Foundation
import Telemetry

/// Shows a progress meter: one live line on a terminal, plain lines every few seconds elsewhere.
final class ProgressDisplay {
  private(set) var meter: ProgressMeter
  private var shown = ContinuousClock.now - .seconds(60)
  private var isLineOpen = false

  init(total: Int, unit: String, startedAt: Int = 0) {
    meter = ProgressMeter(total: total, unit: unit, startedAt: startedAt)
  }

  /// Records progress, and shows it when due.
  func update(
    done: Int, loss: Double? = nil, gradientNorm: Double? = nil, memoryBytes: Int? = nil
  ) {
    meter.update(done: done, loss: loss, gradientNorm: gradientNorm, memoryBytes: memoryBytes)
    let pause: Duration = Terminal.isLive ? .milliseconds(200) : .seconds(10)
    guard ContinuousClock.now - shown >= pause || done >= meter.total else { return }
    shown = .now
    if Terminal.isLive {
      FileHandle.standardError.write(
        Data("\r\u{1B}[K\(meter.line(width: Terminal.width - 1))".utf8))
      isLineOpen = true
    } else {
      Terminal.complain(meter.plainLine())
    }
  }

  /// Forgets the time spent on other work.
  func skipPause() { meter.skipPause() }

  /// Writes a line without disturbing the live one.
  func note(_ line: String) {
    finish()
    Terminal.complain(line)
  }

  /// Ends the live line.
  func finish() {
    guard isLineOpen else { return }
    FileHandle.standardError.write(Data("\n".utf8))
    isLineOpen = false
  }
}
