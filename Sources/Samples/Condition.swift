import Diagnostics

/// What one sample is conditioned on. A part that is missing is replaced by its learned null.
public struct Condition: Codable, Hashable, Sendable {
  /// The class.
  public var label: Int?
  /// A representation, such as a feature vector of an encoder.
  public var vector: [Float]?
  /// Context tokens, such as an encoded text: one row of numbers per token.
  public var context: [[Float]]?

  /// The empty condition.
  public static let none = Condition()

  /// Creates a condition from its parts.
  public init(label: Int? = nil, vector: [Float]? = nil, context: [[Float]]? = nil) {
    self.label = label
    self.vector = vector
    self.context = context
  }

  /// Creates a condition from a class index, where an index equal to the number of classes means
  /// "no class".
  public init(label: Int, of classes: Int) { self.init(label: label == classes ? nil : label) }

  /// The condition without some kinds, as the weak pass of guidance needs it.
  public func dropping(_ kinds: Set<ConditionKind>) -> Condition {
    Condition(
      label: kinds.contains(.label) ? nil : label, vector: kinds.contains(.vector) ? nil : vector,
      context: kinds.contains(.context) ? nil : context)
  }
}

/// The kinds of condition.
public enum ConditionKind: String, CaseIterable, Codable, Sendable {
  case label, vector, context
}

extension Set<ConditionKind> {
  /// Every kind.
  public static var all: Set<ConditionKind> { Set(ConditionKind.allCases) }
}

/// The kinds of condition that a network takes, and their sizes. `nil` means that it does not take
/// the kind.
public struct ConditionShape: Codable, Hashable, Sendable {
  /// The number of classes.
  public var classes: Int?
  /// The width of the representation.
  public var vectorWidth: Int?
  /// The width of a context token.
  public var contextWidth: Int?

  /// Creates a condition shape; with everything left out the network is unconditional.
  public init(classes: Int? = nil, vectorWidth: Int? = nil, contextWidth: Int? = nil) {
    self.classes = classes
    self.vectorWidth = vectorWidth
    self.contextWidth = contextWidth
  }

  /// Checks that a network with this condition shape can take a condition.
  ///
  /// - Throws: ``PeregrineError`` `.usage` naming the part that does not fit.
  public func check(_ condition: Condition, doing: String) throws {
    if let label = condition.label {
      try require(
        classes.map { (0..<$0).contains(label) } ?? false, doing, "class \(label)",
        classes.map { "a class from 0 to \($0 - 1)" } ?? "no class: the model takes none")
    }
    if let vector = condition.vector {
      try require(
        vector.count == vectorWidth, doing, "a vector of \(vector.count) numbers",
        vectorWidth.map { "\($0) numbers" } ?? "no vector: the model takes none")
    }
    if let context = condition.context {
      let widths = Set(context.map(\.count))
      try require(
        contextWidth != nil && widths.isSubset(of: [contextWidth ?? 0]), doing,
        "context tokens of width \(widths.sorted().map(String.init).joined(separator: ", "))",
        contextWidth.map { "tokens of width \($0)" } ?? "no context: the model takes none")
    }
  }

  private func require(_ holds: Bool, _ doing: String, _ found: String, _ expected: String) throws {
    guard holds else {
      throw PeregrineError(.usage, doing: doing, found: found, expected: expected)
    }
  }
}
