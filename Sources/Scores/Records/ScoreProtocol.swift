import Diagnostics

/// How a score was measured, as named facts in a readable order.
///
///     let made = try ScoreProtocol(["features": "inception-v3/pooled", "generated": "50000"])
///
/// It contains everything that may change a score: scores are comparable when all fields are equal.
/// The order of the fields does not matter.
public struct ScoreProtocol: Sendable, Codable {
  /// One named fact.
  public struct Field: Sendable, Codable, Equatable {
    /// The name of the fact, in snake_case.
    public let name: String
    /// Its value.
    public let value: String

    /// Creates a field from its parts.
    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  /// A field in which two protocols differ.
  public struct Difference: Sendable, Equatable, CustomStringConvertible {
    /// The name of the field.
    public let field: String
    /// The value in this protocol; `nil` when it has no such field.
    public let mine: String?
    /// The value in the other protocol; `nil` when it has no such field.
    public let theirs: String?

    /// `solver: heun against euler`.
    public var description: String {
      "\(field): \(mine ?? "(not recorded)") against \(theirs ?? "(not recorded)")"
    }
  }

  /// The fields in order.
  public let fields: [Field]

  /// A protocol with the given fields.
  ///
  /// - Throws: `.usage` for a name that is not snake_case or occurs twice.
  public init(_ fields: KeyValuePairs<String, String>) throws {
    try self.init(fields: fields.map { Field(name: $0.key, value: $0.value) })
  }

  /// Reads the list of fields, with the same checks of names.
  public init(from decoder: any Decoder) throws {
    try self.init(fields: decoder.singleValueContainer().decode([Field].self))
  }

  /// A protocol with the given fields.
  ///
  /// - Throws: `.usage` for a name that is not snake_case or occurs twice.
  public init(fields: [Field]) throws {
    var seen: Set<String> = []
    for field in fields {
      guard isSnakeCase(field.name), seen.insert(field.name).inserted else {
        throw PeregrineError(
          .usage, doing: "recording how a score was made", found: "the field `\(field.name)`",
          expected: "names in snake_case, each once")
      }
    }
    self.fields = fields
  }

  /// Writes the list of fields.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(fields)
  }

  /// The value of a field, or `nil` when it is not recorded.
  public subscript(name: String) -> String? { fields.first { $0.name == name }?.value }

  /// This protocol with more fields at its end.
  ///
  /// - Throws: as the initialiser.
  public func adding(_ more: KeyValuePairs<String, String>) throws -> ScoreProtocol {
    try ScoreProtocol(fields: fields + more.map { Field(name: $0.key, value: $0.value) })
  }

  /// The fields that differ, in order: this protocol's, then those that only the other has.
  public func differences(from other: ScoreProtocol) -> [Difference] {
    let own = fields.map(\.name)
    let names = own + other.fields.map(\.name).filter { !own.contains($0) }
    return names.filter { self[$0] != other[$0] }.map {
      Difference(field: $0, mine: self[$0], theirs: other[$0])
    }
  }
}

extension ScoreProtocol: Equatable {
  /// Whether both protocols are equal, in any order of fields.
  public static func == (first: ScoreProtocol, second: ScoreProtocol) -> Bool {
    first.differences(from: second).isEmpty
  }
}

private func isSnakeCase(_ name: String) -> Bool {
  guard let first = name.first, ("a"..."z").contains(first) else { return false }
  return name.allSatisfy { ("a"..."z").contains($0) || ("0"..."9").contains($0) || $0 == "_" }
}
