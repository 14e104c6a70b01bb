import Diagnostics
import Yams

/// A recipe's YAML as dotted keys, such as `preview.sampler.steps`, with their values.
package struct RecipeText: Sendable {
  /// A key with its value as text. The items of a list are separated by commas.
  package struct Entry: Equatable, Sendable {
    package let key: String
    package let value: String
    /// Whether the value is a list in the file.
    package let isList: Bool
  }

  /// The entries in the order of the file, under their current names.
  package let entries: [Entry]

  /// Reads the text of a recipe.
  ///
  /// - Parameter origin: where the text comes from, for error messages.
  /// - Throws: ``PeregrineError`` `.usage` for text that is not YAML or has no sections.
  package init(_ text: String, origin: String) throws {
    let root: Node?
    do {
      root = try YAMLText.compose(text)
    } catch let refusal as YAMLText.Refusal {
      throw PeregrineError(
        .usage, doing: "reading the recipe (\(origin))", found: refusal.description,
        expected: "sections with one value per key")
    }
    entries = try root.map { try Self.entries(of: $0, at: "", origin) } ?? []
    var known: Set<String> = []
    for entry in entries where !known.insert(entry.key).inserted {
      throw PeregrineError(
        .usage, doing: "reading the recipe (\(origin))", found: "`\(entry.key)` twice",
        expected: "each key once", advice: "Delete one of them.")
    }
  }

  private static func entries(of node: Node, at key: String, _ origin: String) throws -> [Entry] {
    let name = FormerKeys.current(key)
    switch node {
    case .scalar(let scalar) where !key.isEmpty:
      return [Entry(key: name, value: scalar.string, isList: false)]
    case .mapping(let mapping):
      return try mapping.flatMap { inner, value in
        let inner = inner.string ?? ""
        return try entries(of: value, at: key.isEmpty ? inner : "\(key).\(inner)", origin)
      }
    case .sequence(let items) where !key.isEmpty && items.allSatisfy { $0.scalar != nil }:
      return [
        Entry(key: name, value: text(ofItems: items.compactMap { $0.scalar?.string }), isList: true)
      ]
    default: throw refusedList(at: key, origin)
    }
  }

  /// The error for a list where one value is expected.
  package static func refusedList(at key: String, _ origin: String) -> PeregrineError {
    PeregrineError(
      .usage, doing: "reading the recipe (\(origin))",
      found: key.isEmpty ? "no sections" : "a list at `\(key)`",
      expected: "sections with one value per key")
  }

  // MARK: Lists as text

  /// The items of a list that is written as `2, 4` or `[2, 4]`.
  package static func items(of text: String) -> [String] {
    let isBracketed = text.hasPrefix("[") && text.hasSuffix("]")
    return (isBracketed ? text.dropFirst().dropLast() : text[...]).split(separator: ",").map {
      $0.filter { $0 != " " }
    }
    .filter { !$0.isEmpty }
  }

  /// Writes a list as one text.
  package static func text(ofItems items: [String]) -> String { items.joined(separator: ", ") }
}
