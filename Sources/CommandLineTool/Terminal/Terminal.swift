import Diagnostics
import FileAccess
import Foundation
import Synchronization

/// The two output streams of a command: results on stdout, everything else on stderr.
///
/// All output goes through here. Messages that cannot be written are dropped; results that cannot
/// be written make the command end with status 74.
enum Terminal {
  private static let results = StandardStream(STDOUT_FILENO)
  private static let messages = StandardStream(STDERR_FILENO)

  /// What is on the last line of stderr, and since when.
  private struct LastMessage {
    var isLineOpen = false
    var time = ContinuousClock.now
  }
  private static let last = Mutex(LastMessage())

  /// Whether stderr is a terminal.
  static let isLive = isatty(STDERR_FILENO) == 1

  /// The width of the terminal, in characters.
  static var width: Int {
    var size = winsize()
    let known = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    return known ? Int(size.ws_col) : 100
  }

  // MARK: Results

  /// Writes a line of results.
  static func say(_ line: String) { results.write(shown(line)) }

  /// Writes a value as JSON, keys sorted.
  static func say(json value: some Encodable) throws {
    say(String(decoding: try data(json: value), as: UTF8.self))
  }

  /// A value as JSON, keys sorted.
  static func data(json value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    return try encoder.encode(value)
  }

  /// Checks that all results so far were written. A reader that went away, as `head` does, is no
  /// failure.
  ///
  /// - Throws: ``PeregrineError`` `.io`.
  static func checkResultsWereWritten() throws {
    guard let failure = results.failure, failure.number != EPIPE else { return }
    throw PeregrineError(
      .io, doing: "writing the results to the standard output",
      found: "that it takes none (\(failure))",
      advice: "The work is done, and what belongs into files is there; only the results are lost.")
  }

  // MARK: Messages

  /// Writes a line that is not a result, such as a message.
  static func complain(_ line: String) {
    last.withLock { last in
      messages.write((last.isLineOpen ? "\n" : "") + shown(line))
      last = LastMessage()
    }
  }

  /// Writes a line about work that begins, which the ``Heartbeat`` repeats while it lasts.
  static func announce(_ work: String) {
    complain(work)
    Heartbeat.begin(work)
  }

  /// Writes a line that the next live line replaces; only for terminals.
  static func showLive(_ line: String) {
    last.withLock { last in
      messages.write("\r\u{1B}[K" + line)
      last = LastMessage(isLineOpen: true)
    }
  }

  /// Ends the live line, if there is one.
  static func finishLiveLine() {
    last.withLock { last in
      if last.isLineOpen { messages.write("\n") }
      last.isLineOpen = false
    }
  }

  /// A line as it is shown: names that come from files cannot act on the terminal.
  private static func shown(_ line: String) -> String {
    Readable.text(line, keeping: ["\n", "\t"]) + "\n"
  }

  /// The time since the last message.
  static var silence: Duration { ContinuousClock.now - last.withLock { $0.time } }
}
