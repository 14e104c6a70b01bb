extension Readable {
  /// Text that comes from a file, such as a name or a comment, safe to show on a terminal: what
  /// would move the cursor, change colours or reverse the reading direction is written as an
  /// escape, such as `\n` or `\u{1B}`.
  ///
  /// - Parameter kept: characters that stay, such as the line breaks of a longer text.
  public static func text(_ text: String, keeping kept: Set<Unicode.Scalar> = []) -> String {
    guard text.unicodeScalars.contains(where: \.isUnprintable) else { return text }
    return text.unicodeScalars.map { scalar in
      switch scalar {
      case _ where kept.contains(scalar): String(scalar)
      case "\n": "\\n"
      case "\t": "\\t"
      case "\r": "\\r"
      case _ where scalar.isUnprintable:
        "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
      default: String(scalar)
      }
    }.joined()
  }
}

extension Unicode.Scalar {
  /// Whether a terminal acts on this character instead of showing it: control characters, line
  /// separators, and marks that change the reading direction.
  var isUnprintable: Bool {
    switch properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator, .surrogate: true
    case .format:
      (0x200E...0x200F).contains(value) || (0x202A...0x202E).contains(value)
        || (0x2066...0x2069).contains(value) || value == 0xFEFF
    default: false
    }
  }
}
