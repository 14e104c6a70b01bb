import Foundation
import TestSupport

/// A command in a fenced block of a page, as printed, without its comment.
struct DocumentedCommand: CustomStringConvertible {
  let page: String
  let line: Int
  let text: String

  var description: String { "\(page):\(line): \(text)" }

  /// The commands of a page of this repository, in order.
  static func all(in page: String) throws -> [DocumentedCommand] {
    let text = try String(
      contentsOf: SharedFolder.packageRoot.appendingPathComponent(page), encoding: .utf8)
    var commands: [DocumentedCommand] = []
    var (fenced, open) = (false, "")
    for (index, line) in text.components(separatedBy: "\n").enumerated() {
      if line.hasPrefix("```") {
        fenced.toggle()
      } else if fenced {
        open += line
        if open.hasSuffix("\\") {
          open.removeLast()
        } else {
          let command = open.split(separator: " # ", maxSplits: 1).first.map(String.init) ?? ""
          let known = ["./peregrine ", "python3 "].contains { command.hasPrefix($0) }
          if known {
            commands.append(
              DocumentedCommand(
                page: page, line: index + 1,
                text: command.trimmingCharacters(in: .whitespaces)))
          }
          open = ""
        }
      }
    }
    return commands
  }
}
