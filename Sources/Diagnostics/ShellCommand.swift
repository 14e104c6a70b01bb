/// Command lines that are printed so that they can be pasted into a shell.
///
///     ShellCommand.line(["./peregrine", "sample", "my run"])  // ./peregrine sample 'my run'
public enum ShellCommand {
  /// A command line of these words, each quoted if a shell needs it.
  public static func line(_ words: [String]) -> String {
    words.map { quoted($0) }.joined(separator: " ")
  }

  /// One word, quoted if a shell would change it. Control characters are written as escapes in
  /// `$'…'`, which bash and zsh read, so that the line stays one line.
  public static func quoted(_ word: String) -> String {
    let scalars = word.unicodeScalars
    if !scalars.isEmpty, scalars.allSatisfy(isPlain) { return word }
    guard scalars.contains(where: \.isUnprintable) else {
      return "'" + word.replacing("'", with: "'\\''") + "'"
    }
    return "$'" + scalars.map(escaped).joined() + "'"
  }

  /// A path as one word that no command takes for an option: `-x` becomes `./-x`.
  public static func quoted(path: String) -> String {
    quoted(path.hasPrefix("-") ? "./" + path : path)
  }

  private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    scalar.isASCII
      ? scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
        || "_-+./:,=@%".unicodeScalars.contains(scalar)
      : scalar.properties.isAlphabetic
  }

  private static func escaped(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\\", "'": "\\\(scalar)"
    case "\n": "\\n"
    case "\t": "\\t"
    case "\r": "\\r"
    case _ where scalar.isUnprintable:
      String(scalar).utf8.map { "\\x" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    default: String(scalar)
    }
  }
}
