import Diagnostics
import FileAccess
import Foundation
import Synchronization

/// Shows a sign of life whenever a command has been silent for ten seconds.
///
/// A thread of its own redraws the current ``ProgressDisplay`` or, without one, says what is being
/// done, and for how long.
enum Heartbeat {
  private struct State {
    var activity = "working"
    var start = ContinuousClock.now
    var display: ProgressDisplay?
  }
  private static let state = Mutex(State())

  private static let longestSilence = Duration.seconds(10)

  /// Starts the thread. Without memory for one there are no signs of life, and all else is the same.
  static func start() {
    try? startThread { run() }
  }

  /// Names what is being done from now on, such as `opening the reference`.
  static func begin(_ activity: String) {
    state.withLock { ($0.activity, $0.start) = (activity, .now) }
  }

  /// Makes a display the current one.
  static func follow(_ display: ProgressDisplay) { state.withLock { $0.display = display } }

  /// Ends a display, if it is the current one.
  static func leave(_ display: ProgressDisplay) {
    state.withLock { if $0.display === display { $0.display = nil } }
  }

  private static func run() -> Never {
    while true {
      sleep(1)
      let (display, activity, start) = state.withLock { ($0.display, $0.activity, $0.start) }
      let isSilent = Terminal.silence >= longestSilence
      if let display {
        if isSilent || Terminal.isLive { display.show() }
      } else if isSilent {
        let line =
          "\(activity), \(Readable.duration((ContinuousClock.now - start) / .seconds(1)))"
        if Terminal.isLive { Terminal.showLive(line) } else { Terminal.complain(line) }
      }
    }
  }
}
