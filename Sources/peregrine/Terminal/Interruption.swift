import Dispatch
import Foundation
import Synchronization

/// Ctrl-C and polite kills, seen as a request to stop: once to finish the step, twice to stop now.
final class Interruption: Sendable {
  private let requests = Atomic<Int>(0)
  private let sources: [any DispatchSourceSignal]

  init() {
    let queue = DispatchQueue(label: "signals")
    sources = [SIGINT, SIGTERM].map { signalNumber in
      signal(signalNumber, SIG_IGN)
      return DispatchSource.makeSignalSource(signal: signalNumber, queue: queue)
    }
    for source in sources {
      source.setEventHandler { [weak self] in
        let before = self?.requests.wrappingAdd(1, ordering: .relaxed).oldValue ?? 0
        if before > 0 { _exit(130) }
        Terminal.complain("\nStopping after this step; once more stops now.")
      }
      source.resume()
    }
  }

  /// Whether a stop was asked for.
  var isRequested: Bool { requests.load(ordering: .relaxed) > 0 }
}
