import Foundation
import Synchronization

/// How often a stop was requested. It is global, because a signal handler can only access globals.
private let requests = Atomic<Int>(0)

/// Treats Ctrl-C and SIGTERM as a request to stop: once to finish the step, twice to stop now.
struct Interruption {
  /// Starts listening.
  init() {
    for number in [SIGINT, SIGTERM] {
      signal(number) { _ in
        if requests.wrappingAdd(1, ordering: .relaxed).oldValue > 0 { _exit(130) }
      }
    }
    // The parent process may have blocked these signals.
    var listened = sigset_t()
    sigemptyset(&listened)
    sigaddset(&listened, SIGINT)
    sigaddset(&listened, SIGTERM)
    pthread_sigmask(SIG_UNBLOCK, &listened, nil)
  }

  /// Whether a stop was requested.
  var isRequested: Bool { requests.load(ordering: .relaxed) > 0 }
}
