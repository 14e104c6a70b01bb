import ArgumentParser
import Diagnostics

/// The words of the command line, checked and prepared before they are parsed.
enum Arguments {
  /// The command that the words ask for.
  ///
  /// - Throws: ``PeregrineError`` `.usage` for an unknown command, or an error of the parser, which
  ///   may also be a request for help.
  static func command(_ words: [String]) throws -> any ParsableCommand {
    try checkCommands(words)
    return try Peregrine.parseAsRoot(withLiteralTildes(words))
  }

  /// Checks that the leading words name commands, and suggests names for one that does not.
  private static func checkCommands(_ words: [String]) throws {
    var command: any ParsableCommand.Type = Peregrine.self
    for word in words.first == "help" ? words.dropFirst() : words[...] {
      let known = command.configuration.subcommands
      guard !known.isEmpty, !word.hasPrefix("-"), word != "help" else { return }
      if let next = known.first(where: { $0._commandName == word }) {
        command = next
        continue
      }
      let names = known.filter { $0.configuration.shouldDisplay }.map { $0._commandName }
      let near = nearestNames(to: word, among: names).map { "`\($0)`" }
      throw PeregrineError(
        .usage, doing: "reading the command line", found: "no command `\(word)`",
        expected: near.isEmpty ? "one of \(names.joined(separator: ", "))" : "",
        advice: near.isEmpty
          ? "`peregrine --help` describes them."
          : "Did you mean \(near.joined(separator: " or "))?")
    }
  }

  /// The words with `./` before a leading `~`. A shell has expanded what it expands, so what is left
  /// is a name, which Foundation would expand.
  private static func withLiteralTildes(_ words: [String]) -> [String] {
    zip([""] + words, words).map { before, word in
      word.hasPrefix("~") && before != "--classes" ? "./" + word : word
    }
  }
}
