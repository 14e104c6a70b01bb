import Foundation
import TestSupport

/// A command of a page, as printed: in a fenced block, without its comment, or in a sentence between
/// backquotes.
struct DocumentedCommand: CustomStringConvertible {
  let page: String
  let line: Int
  let text: String

  var description: String { "\(page):\(line): \(text)" }

  private static let starts = ["./peregrine ", "python3 "]

  /// The commands of a page of this repository, in order.
  static func all(in page: String) throws -> [DocumentedCommand] {
    let text = try String(
      contentsOf: SharedFolder.packageRoot.appendingPathComponent(page), encoding: .utf8)
    var commands: [DocumentedCommand] = []
    var line = 1
    for (index, part) in text.components(separatedBy: "```").enumerated() {
      let found = index % 2 == 1 ? block(part) : quoted(part)
      commands += found.map { DocumentedCommand(page: page, line: line + $0.line, text: $0.text) }
      line += part.count { $0 == "\n" }
    }
    return commands
  }

  /// The commands of a fenced block, each on a line, or on several with a backslash between them.
  private static func block(_ text: String) -> [(line: Int, text: String)] {
    var commands: [(line: Int, text: String)] = []
    var open = ""
    for (index, line) in text.components(separatedBy: "\n").enumerated() {
      open += line
      if open.hasSuffix("\\") {
        open.removeLast()
        continue
      }
      let command = open.split(separator: " # ", maxSplits: 1).first.map(String.init) ?? ""
      if starts.contains(where: command.hasPrefix) {
        commands.append((index, command.trimmingCharacters(in: .whitespaces)))
      }
      open = ""
    }
    return commands
  }

  /// The commands between backquotes in sentences.
  private static func quoted(_ text: String) -> [(line: Int, text: String)] {
    var commands: [(line: Int, text: String)] = []
    var line = 0
    for (index, span) in text.components(separatedBy: "`").enumerated() {
      if index % 2 == 1, starts.contains(where: span.hasPrefix) {
        commands.append((line, span.replacingOccurrences(of: "\n", with: " ")))
      }
      line += span.count { $0 == "\n" }
    }
    return commands
  }
}
