import Foundation

/// The two output streams of a command: results on stdout, everything else on stderr.
enum Terminal {
  /// Whether stderr is a terminal.
  static let isLive = isatty(STDERR_FILENO) == 1

  /// The width of the terminal, in characters.
  static var width: Int {
    var size = winsize()
    let known = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    return known ? Int(size.ws_col) : 100
  }

  /// Writes a line of results.
  static func say(_ line: String) {
    FileHandle.standardOutput.write(Data((line + "\n").utf8))
  }

  /// Writes a line that is not a result, such as a message.
  static func complain(_ line: String) {
    FileHandle.standardError.write(Data((line + "\n").utf8))
  }

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
}
