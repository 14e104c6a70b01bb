import Foundation

/// Starts a thread that runs `body` and then ends.
///
/// - Throws: the system's reason, such as a limit on memory or on processes.
package func startThread(
  _ body: @escaping @Sendable () -> Void
) throws(SystemCallFailure) {
  let work = Unmanaged.passRetained(ThreadWork(body))
  var attributes = pthread_attr_t()
  pthread_attr_init(&attributes)
  defer { pthread_attr_destroy(&attributes) }
  // The default may be as large as a user's limit for the main thread.
  pthread_attr_setstacksize(&attributes, 2 << 20)
  var thread = pthread_t()
  let status = pthread_create(
    &thread, &attributes,
    { work in
      guard let work else { return nil }
      Unmanaged<ThreadWork>.fromOpaque(work).takeRetainedValue().body()
      return nil
    }, work.toOpaque())
  guard status == 0 else {
    work.release()
    throw SystemCallFailure(number: status)
  }
  pthread_detach(thread)
}

private final class ThreadWork: Sendable {
  let body: @Sendable () -> Void
  init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}
