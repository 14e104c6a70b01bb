import Diagnostics
import FileAccess
import Foundation
import Telemetry

/// A contender in its own process, which reads numbers of repetitions and answers with seconds.
///
/// The process writes one line of JSON at its start, then one for each line that it reads. In
/// separate processes the contenders share neither threads nor memory.
public final class ContenderProcess: Contender {
  /// Its name in tables.
  public let name: String
  /// What it reported about itself, such as its version.
  public private(set) var greeting: [String: String] = [:]
  private let process: ChildProcess
  private let errors: URL
  private var received = Data()

  /// Starts a program and waits for its first line.
  ///
  /// - Parameter log: the file for its messages.
  /// - Throws: ``PeregrineError`` `.unavailable` with its last messages when it ends.
  public init(name: String, command: [String], environment: [String: String] = [:], log: URL) throws
  {
    self.name = name
    errors = log
    do {
      process = try ChildProcess(
        command, environment: environment, takesInput: true, messages: log.path)
    } catch {
      throw PeregrineError(
        .unavailable, doing: "starting `\(name)`", found: "that `\(command[0])` cannot be run",
        advice: "Check that it is installed and can be executed.", cause: error)
    }
    greeting = try answer()
  }

  /// Requests repetitions and waits for the answer.
  public func measure(_ count: Int) throws -> [Double] {
    struct Answer: Decodable { let seconds: [Double] }
    do {
      try process.write(Data("\(count)\n".utf8))
    } catch {
      throw ended()
    }
    return try (answer() as Answer).seconds
  }

  /// The peak memory of the process itself, without its children.
  public var peakMemoryBytes: Int? {
    ProcessMemory.peakResidentBytes(ofProcess: process.identifier)
  }

  /// Resets the process's peak memory.
  public func forgetPeakMemory() {
    // "5" is the value that resets the peak; see proc(5).
    try? "5".write(
      toFile: "/proc/\(process.identifier)/clear_refs", atomically: false, encoding: .utf8)
  }

  /// The next line, decoded.
  private func answer<Value: Decodable>() throws -> Value {
    let line = try line()
    do {
      return try JSONDecoder().decode(Value.self, from: line)
    } catch {
      throw PeregrineError(
        .unavailable, doing: "timing `\(name)`",
        found: "the line `\(String(decoding: line.prefix(200), as: UTF8.self))`",
        expected: "a line of JSON", advice: "Its messages: `\(errors.path)`.", cause: error)
    }
  }

  private func line() throws -> Data {
    while true {
      if let end = received.firstIndex(of: UInt8(ascii: "\n")) {
        defer { received.removeSubrange(...end) }
        return Data(received[..<end])
      }
      let more = process.read()
      guard !more.isEmpty else { throw ended() }
      received.append(more)
    }
  }

  private func ended() -> PeregrineError {
    let end =
      switch process.wait() {
      case .exited(let status): "ended with status \(status)"
      case .killed(let signal):
        "was ended by signal \(signal) (\(String(cString: strsignal(signal))))"
      }
    let text = (try? String(contentsOf: errors, encoding: .utf8)) ?? ""
    let last = text.split(separator: "\n").last.map(String.init) ?? "nothing said"
    return PeregrineError(
      .unavailable, doing: "timing `\(name)`", found: "that it \(end): \(last)",
      expected: "a program that runs to the end", advice: "Its messages: `\(errors.path)`.")
  }
}
