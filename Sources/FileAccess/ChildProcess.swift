import Foundation

/// A program in a process of its own, with a pipe from its output and, if asked for, one to its
/// input.
///
/// It inherits no other descriptors, and signals have their usual effect in it. Foundation's
/// `Process` starts a thread first and waits for ever when there is no memory for one.
package final class ChildProcess {
  /// How a process ended.
  package enum End: Equatable, Sendable {
    case exited(status: Int32)
    case killed(signal: Int32)
  }

  /// The number of the process.
  package let identifier: pid_t
  private let input: Int32?
  private let output: Int32
  private var end: End?

  /// Starts a program.
  ///
  /// - Parameters:
  ///   - command: the program, looked for in `PATH`, and its arguments.
  ///   - environment: changes to this process's environment.
  ///   - takesInput: whether it reads what ``write(_:)`` writes; otherwise its input is empty.
  ///   - messages: the file that its messages are appended to, or `nil` for where this process's go;
  ///     by default they are dropped.
  package init(
    _ command: [String], environment: [String: String] = [:], takesInput: Bool = false,
    messages: String? = "/dev/null"
  ) throws(SystemCallFailure) {
    let (reading, writing) = try Self.pipe()
    let inputs = try takesInput ? Self.pipe() : nil
    defer {
      close(writing)
      if let inputs { close(inputs.read) }
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let inputs {
      posix_spawn_file_actions_adddup2(&actions, inputs.read, STDIN_FILENO)
    } else {
      posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    }
    posix_spawn_file_actions_adddup2(&actions, writing, STDOUT_FILENO)
    if let messages {
      posix_spawn_file_actions_addopen(
        &actions, STDERR_FILENO, messages, O_WRONLY | O_CREAT | O_APPEND, 0o644)
    }
    let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
    for descriptor in open.compactMap({ Int32($0) }) where descriptor > STDERR_FILENO {
      posix_spawn_file_actions_addclose(&actions, descriptor)
    }

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

    let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    var identifier = pid_t()
    let status = Self.withCStrings(command) { arguments in
      Self.withCStrings(variables.map { "\($0)=\($1)" }) { variables in
        posix_spawnp(&identifier, command.first ?? "", &actions, &attributes, arguments, variables)
      }
    }
    guard status == 0 else {
      close(reading)
      if let inputs { close(inputs.write) }
      throw SystemCallFailure(number: status)
    }
    self.identifier = identifier
    (output, input) = (reading, inputs?.write)
  }

  deinit {
    close(output)
    // The end of its input ends the program.
    if let input { close(input) }
    wait()
  }

  /// Writes to the program's input.
  package func write(_ data: Data) throws(SystemCallFailure) {
    if let input { try writeAll(data, to: input) }
  }

  /// The next bytes of its output; empty at the end.
  package func read() -> Data {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = Glibc.read(output, &buffer, buffer.count)
      if count >= 0 { return Data(buffer[..<count]) }
      guard errno == EINTR else { return Data() }
    }
  }

  /// Waits until the program ends.
  @discardableResult
  package func wait() -> End {
    if let end { return end }
    var status: Int32 = 0
    while waitpid(identifier, &status, 0) < 0, errno == EINTR {}
    let signal = status & 0x7F
    let end = signal == 0 ? End.exited(status: (status >> 8) & 0xFF) : .killed(signal: signal)
    self.end = end
    return end
  }

  private static func pipe() throws(SystemCallFailure) -> (read: Int32, write: Int32) {
    var ends: [Int32] = [0, 0]
    guard Glibc.pipe(&ends) == 0 else { throw SystemCallFailure() }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }

  private static func withCStrings<Result>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
  ) -> Result {
    let copies = strings.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return body(copies + [nil])
  }
}
