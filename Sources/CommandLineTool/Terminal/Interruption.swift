import Foundation
import Synchronization

/// How often a stop was asked for; a signal handler can reach nothing but a global.
private let requests = Atomic<Int>(0)

/// Ctrl-C and polite kills, seen as a request to stop: once to finish the step, twice to stop now.
struct Interruption {
  /// Starts listening.
  init() {
    for number in [SIGINT, SIGTERM] {
      signal(number) { _ in
        if requests.wrappingAdd(1, ordering: .relaxed).oldValue > 0 { _exit(130) }
      }
    }
    // A parent may have left them blocked.
    var listened = sigset_t()
    sigemptyset(&listened)
    sigaddset(&listened, SIGINT)
    sigaddset(&listened, SIGTERM)
    pthread_sigmask(SIG_UNBLOCK, &listened, nil)
  }

  /// Whether a stop was asked for.
  var isRequested: Bool { requests.load(ordering: .relaxed) > 0 }
}
