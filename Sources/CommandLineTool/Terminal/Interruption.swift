import Foundation
import Synchronization

/// How often a stop was requested. It is global, because a signal handler can only access globals.
private let requests = Atomic<Int>(0)

/// Treats Ctrl-C, SIGTERM and a closed terminal (SIGHUP) as a request to stop: once to finish the
/// step, twice to stop now.
struct Interruption {
  /// Starts listening.
  init() {
    // The parent process may have blocked these signals.
    var listened = sigset_t()
    sigemptyset(&listened)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      // A process started with `nohup` shall outlive its terminal.
      if number == SIGHUP, Self.isIgnored(number) { continue }
      signal(number) { number in
        // A closed terminal sends its signal twice: by the shell and by the system.
        if requests.wrappingAdd(1, ordering: .relaxed).oldValue > 0, number != SIGHUP {
          _exit(130)
        }
      }
      sigaddset(&listened, number)
    }
    pthread_sigmask(SIG_UNBLOCK, &listened, nil)
  }

  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    guard sigaction(number, nil, &action) == 0 else { return false }
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
      == unsafeBitCast(SIG_IGN, to: Int.self)
  }

  /// Whether a stop was requested.
  var isRequested: Bool { requests.load(ordering: .relaxed) > 0 }
}
