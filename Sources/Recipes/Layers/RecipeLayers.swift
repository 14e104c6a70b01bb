import Diagnostics
import FileAccess
import Foundation
import RunFiles
import Tensors
import Yams

/// A recipe with the origin of each value: built-in default, recipe file, or command line.
///
/// Later layers override earlier ones. An unknown key or an invalid value is an error that names
/// the origin.
public struct RecipeLayers: Sendable {
  /// A value with its origin.
  public struct Entry: Equatable, Sendable {
    /// The value as in YAML; the items of a list are separated by commas.
    public let value: String
    /// `default`, the name of the recipe file, or the option of the command line.
    public let origin: String
  }

  /// Every key, such as `optimizer.learning_rate`, with its value and origin. `auto` appears as what
  /// it stands for on this machine, so that no record says `auto`.
  public var entries: [String: Entry] {
    var entries = written
    func settle(_ key: String, _ value: (() -> String)) {
      guard let entry = entries[key], entry.value == "auto" else { return }
      entries[key] = Entry(value: value(), origin: entry.origin)
    }
    settle("training.device") { Device.automatic.description }
    let isFast = entries["training.device"]?.value != "cpu" || Runtime.hasFusedEngine
    settle("training.precision") { isFast ? "bfloat16" : "float32" }
    return entries
  }

  /// Every key with its value as it was written.
  private(set) var written: [String: Entry]
  /// Whether a layer leaves the length of training to the data, with `training.images: 0`.
  public private(set) var fitsData = false
  /// Whether the recipe file comes with Peregrine: its numbers were not chosen for the user's data.
  package var isBuiltIn = false
  let order: [String]
  /// The keys whose values are lists.
  let lists: Set<String>

  /// Creates layers with the built-in defaults.
  public init() throws {
    let defaults = try RecipeText(
      YAMLEncoder().encode(Recipe()), origin: "the built-in defaults"
    ).entries
    order = defaults.map(\.key)
    lists = Set(defaults.filter(\.isList).map(\.key))
    written = Dictionary(
      uniqueKeysWithValues: defaults.map { ($0.key, Entry(value: $0.value, origin: "default")) })
  }

  /// Creates the defaults overridden by a recipe file.
  ///
  /// - Throws: ``PeregrineError`` `.missingInput` for a file that cannot be read, `.usage` for
  ///   errors in it.
  public init(file: URL) throws {
    try self.init()
    let doing = "reading the recipe `\(file.path)`"
    guard FileManager.default.fileExists(atPath: file.path) else {
      throw PeregrineError(
        .missingInput, doing: doing, found: "no such file",
        advice: "`peregrine recipes list` names the recipes that come with Peregrine.")
    }
    guard let text = String(data: try readFile(file, doing: doing), encoding: .utf8) else {
      throw PeregrineError(
        .usage, doing: doing, found: "bytes that are not UTF-8", expected: "text in UTF-8",
        advice: "Save the file again with that encoding.")
    }
    try apply(yaml: text, origin: file.lastPathComponent)
  }

  /// Creates the defaults overridden by `section.key=value` settings.
  public init(assignments: [String]) throws {
    try self.init()
    for assignment in assignments { try apply(assignment: assignment) }
  }

  /// Adds a layer of YAML text.
  public mutating func apply(yaml text: String, origin: String) throws {
    for entry in try RecipeText(text, origin: origin).entries {
      if entry.isList, !lists.contains(entry.key), holds(entry.key) {
        throw RecipeText.refusedList(at: entry.key, origin)
      }
      try set(entry.key, to: entry.value, origin: origin)
    }
  }

  /// Whether a key or section of this name exists.
  private func holds(_ key: String) -> Bool {
    order.contains { $0 == key || $0.hasPrefix(key + ".") }
  }

  /// Adds a `key=value` setting of the command line.
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

  /// Adds one value.
  ///
  /// - Parameter origin: where the value comes from.
  public mutating func set(_ key: String, to value: String, origin: String) throws {
    let key = FormerKeys.current(key)
    guard let before = written[key] else {
      if holds(key) {
        throw PeregrineError(
          .usage, doing: "reading the recipe (\(origin))", found: "the section `\(key)` as a value",
          expected: "keys below it, such as `\(order.first { $0.hasPrefix(key + ".") } ?? key)`")
      }
      let near = nearestNames(to: key, among: order).map { "`\($0)`" }
      throw PeregrineError(
        .usage, doing: "reading the recipe (\(origin))", found: "the unknown key `\(key)`",
        advice: near.isEmpty
          ? "`peregrine recipes keys` lists all keys."
          : "Did you mean \(near.joined(separator: " or "))?")
    }
    if Double(before.value) != nil, YAMLText.isOctal(value.utf8) {
      throw PeregrineError(
        .usage, doing: "reading the recipe (\(origin))", found: "`\(key): \(value)`",
        expected: "a number without a leading zero, which means base 8 in YAML")
    }
    let text =
      lists.contains(key) ? RecipeText.text(ofItems: RecipeText.items(of: value)) : value
    written[key] = Entry(
      value: Double(before.value) == nil ? text : Self.withoutPercent(text), origin: origin)
    if key == "training.images", value == "0" { fitsData = true }
  }

  /// A number for a percentage: `40%` is 0.4.
  private static func withoutPercent(_ text: String) -> String {
    guard text.hasSuffix("%"), let number = Double(text.dropLast()) else { return text }
    return "\(number / 100)"
  }

  /// The resolved and validated recipe.
  ///
  /// - Throws: ``PeregrineError`` `.usage` naming key, value and origin.
  public func resolved() throws -> Recipe {
    var recipe = try decoded()
    let origin = entries["data.validation_count"]?.origin
    recipe.data.validationCountOrigin.isChosen =
      origin == "--set" || origin != "default" && !isBuiltIn
    try recipe.validate()
    return recipe
  }

  /// The resolved recipe without validation; only the types of values are checked.
  package func decoded() throws -> Recipe {
    do {
      var layers = self
      for key in Recipe.paths {
        layers.written[key] = entries[key].map {
          Entry(value: expandingHome($0.value), origin: $0.origin)
        }
      }
      return try YAMLDecoder().decode(Recipe.self, from: layers.yaml(withOrigins: false))
    } catch let error as DecodingError {
      throw explained(error)
    }
  }

  /// The keys whose values differ, as `key: other -> here`.
  public func differences(from other: RecipeLayers, ignoring: Set<String> = []) -> [String] {
    let (entries, others) = (entries, other.entries)
    return order.compactMap { key in
      guard !ignoring.contains(key), let here = entries[key]?.value,
        let there = others[key]?.value,
        !(lists.contains(key) ? Self.sameItems(here, there) : Self.same(here, there))
      else { return nil }
      return "\(key): \(there) -> \(here)"
    }
  }

  /// Whether two texts mean the same value: `1e-4` and `0.0001` do.
  private static func same(_ first: String, _ second: String) -> Bool {
    if first.isExactly(second) { return true }
    let numbers = [first, second].map { Double($0.replacingOccurrences(of: "_", with: "")) }
    return numbers[0] != nil && numbers[0] == numbers[1]
  }

  private static func sameItems(_ first: String, _ second: String) -> Bool {
    let (first, second) = (RecipeText.items(of: first), RecipeText.items(of: second))
    return first.count == second.count && zip(first, second).allSatisfy(same)
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
    // The index in a list is not part of the key.
    let key = path.filter { $0.intValue == nil }.map(\.stringValue).joined(separator: ".")
    let (entry, accepted) = (entries[key], Recipe.accepted[key])
    let kind: String =
      switch error {
      case .typeMismatch(let type, _), .valueNotFound(let type, _): PeregrineError.kind(type)
      default: "another value"
      }
    let choices = accepted?.choices ?? []
    let near = RecipeText.items(of: entry?.value ?? "").filter { !choices.contains($0) }
      .compactMap { nearestNames(to: $0, among: choices).first }
    return PeregrineError(
      .usage, doing: "reading the recipe (\(entry?.origin ?? "?"))",
      found: "`\(key): \(entry?.value ?? "")`", expected: accepted?.text ?? kind,
      advice: near.isEmpty
        ? "" : "Did you mean \(near.map { "`\($0)`" }.joined(separator: " or "))?")
  }
}
