import Diagnostics
import Foundation
import Yams

/// A recipe with the origin of each value: built-in default, recipe file, or command line.
///
/// Later layers win. An unknown key or an unreadable value is an error that names the origin.
public struct RecipeLayers: Sendable {
  /// Where a value came from.
  public struct Entry: Equatable, Sendable {
    /// The value as text, as in YAML.
    public let value: String
    /// `default`, the recipe's file name, or `--set`.
    public let origin: String
  }

  /// Every key, such as `optimizer.learning_rate`, with its value and origin.
  public private(set) var entries: [String: Entry]
  private let order: [String]

  /// The built-in defaults.
  public init() throws {
    let text = try YAMLEncoder().encode(Recipe())
    let pairs = try Self.flatten(text, origin: "the built-in defaults")
    order = pairs.map(\.key)
    entries = Dictionary(
      uniqueKeysWithValues: pairs.map { ($0.key, Entry(value: $0.value, origin: "default")) })
  }

  /// The defaults under a recipe file.
  ///
  /// - Throws: ``PeregrineError`` `.missingInput`, or `.usage` for anything the file gets wrong.
  public init(file: URL) throws {
    try self.init()
    guard let text = try? String(contentsOf: file, encoding: .utf8) else {
      throw PeregrineError(
        .missingInput, doing: "reading the recipe `\(file.path)`", found: "no readable file",
        advice: "`peregrine recipes list` names the recipes that come with Peregrine.")
    }
    try apply(yaml: text, origin: file.lastPathComponent)
  }

  /// The defaults under `section.key=value` settings.
  public init(assignments: [String]) throws {
    try self.init()
    for assignment in assignments { try apply(assignment: assignment) }
  }

  /// Lays YAML text over what is there.
  public mutating func apply(yaml text: String, origin: String) throws {
    for (key, value) in try Self.flatten(text, origin: origin) {
      try set(key, to: value, origin: origin)
    }
  }

  /// Lays one `key=value` of the command line over what is there.
  public mutating func apply(assignment: String) throws {
    guard let separator = assignment.firstIndex(of: "=") else {
      throw PeregrineError(
        .usage, doing: "reading `--set \(assignment)`", found: "no `=`",
        expected: "`--set section.key=value`")
    }
    try set(
      String(assignment[..<separator]),
      to: String(assignment[assignment.index(after: separator)...]), origin: "--set")
  }

  private mutating func set(_ key: String, to value: String, origin: String) throws {
    guard entries[key] != nil else {
      let near = nearestNames(to: key, among: order).map { "`\($0)`" }
      throw PeregrineError(
        .usage, doing: "reading the recipe (\(origin))", found: "the unknown key `\(key)`",
        advice: near.isEmpty
          ? "`peregrine recipes keys` lists all keys."
          : "Did you mean \(near.joined(separator: " or "))?")
    }
    entries[key] = Entry(value: value, origin: origin)
  }

  /// The recipe that the layers add up to, checked for sense.
  ///
  /// - Throws: ``PeregrineError`` `.usage` naming key, value and origin.
  public func resolved() throws -> Recipe {
    do {
      let recipe = try YAMLDecoder().decode(Recipe.self, from: yaml(withOrigins: false))
      try recipe.validate()
      return recipe
    } catch let error as DecodingError {
      throw explained(error)
    }
  }

  /// The recipe as YAML, each value with its origin in a comment.
  public func yaml(withOrigins: Bool = true) -> String {
    var text = ""
    var section = ""
    for key in order {
      let parts = key.split(separator: ".", maxSplits: 1).map(String.init)
      guard let entry = entries[key], parts.count == 2 else { continue }
      if parts[0] != section {
        section = parts[0]
        text += "\(section):\n"
      }
      let line = "  \(parts[1]): \(Self.quoted(entry.value))"
      let padding = String(repeating: " ", count: max(1, 44 - line.count))
      text += withOrigins ? "\(line)\(padding)# \(entry.origin)\n" : line + "\n"
    }
    return text
  }

  /// The keys whose values differ, as `key: here -> there`.
  public func differences(from other: RecipeLayers, ignoring: Set<String> = []) -> [String] {
    order.compactMap { key in
      guard !ignoring.contains(key), let here = entries[key]?.value,
        let there = other.entries[key]?.value, !Self.same(here, there)
      else { return nil }
      return "\(key): \(there) -> \(here)"
    }
  }

  /// Whether two texts mean the same value: `1e-4` and `0.0001` do.
  private static func same(_ first: String, _ second: String) -> Bool {
    if first == second { return true }
    let numbers = [first, second].map { Double($0.replacingOccurrences(of: "_", with: "")) }
    return numbers[0] != nil && numbers[0] == numbers[1]
  }

  /// Scalars by dotted key, in file order.
  private static func flatten(_ text: String, origin: String) throws
    -> [(key: String, value: String)]
  {
    let root: Node?
    do {
      root = try Yams.compose(yaml: text)
    } catch {
      throw PeregrineError(
        .usage, doing: "reading the recipe (\(origin))", found: "text that is not YAML",
        advice: "Check the indentation at the place named below.", cause: error)
    }
    guard let root else { return [] }
    return try flatten(root, prefix: "", origin: origin)
  }

  private static func flatten(_ node: Node, prefix: String, origin: String) throws
    -> [(key: String, value: String)]
  {
    switch node {
    case .scalar(let scalar) where !prefix.isEmpty:
      return [(prefix, scalar.string)]
    case .mapping(let mapping):
      return try mapping.flatMap { key, value in
        try flatten(
          value, prefix: prefix.isEmpty ? key.string ?? "" : "\(prefix).\(key.string ?? "")",
          origin: origin)
      }
    default:
      throw PeregrineError(
        .usage, doing: "reading the recipe (\(origin))",
        found: prefix.isEmpty ? "no sections" : "a list at `\(prefix)`",
        expected: "sections with one value per key")
    }
  }

  private static func quoted(_ value: String) -> String {
    let plain = value.allSatisfy { $0.isLetter || $0.isNumber || "_-+./".contains($0) }
    return plain && !value.isEmpty
      ? value
      : "\""
        + value.replacingOccurrences(of: "\\", with: "\\\\")
        .replacingOccurrences(of: "\"", with: "\\\"") + "\""
  }

  private func explained(_ error: DecodingError) -> PeregrineError {
    let path: [any CodingKey] =
      switch error {
      case .typeMismatch(_, let context), .valueNotFound(_, let context),
        .dataCorrupted(let context):
        context.codingPath
      case .keyNotFound(let key, let context): context.codingPath + [key]
      @unknown default: []
      }
    let key = path.map(\.stringValue).joined(separator: ".")
    let entry = entries[key]
    let kind: String =
      switch error {
      case .typeMismatch(let type, _), .valueNotFound(let type, _): "a value of type \(type)"
      default: "another value"
      }
    let expected = Recipe.choices[key].map { "one of \($0.joined(separator: ", "))" } ?? kind
    return PeregrineError(
      .usage, doing: "reading the recipe (\(entry?.origin ?? "?"))",
      found: "`\(key): \(entry?.value ?? "")`", expected: expected)
  }
}
