import Diagnostics

/// What one sample is asked for. A part that is missing stands for its learned null.
public struct Condition: Codable, Hashable, Sendable {
  /// The class.
  public var label: Int?
  /// A representation, such as a feature network's vector.
  public var vector: [Float]?
  /// Tokens to attend to, such as an encoded text: one row of numbers per token.
  public var context: [[Float]]?

  /// Nothing is asked for.
  public static let none = Condition()

  /// A condition from its parts.
  public init(label: Int? = nil, vector: [Float]? = nil, context: [[Float]]? = nil) {
    self.label = label
    self.vector = vector
    self.context = context
  }

  /// A class, where the number of classes itself stands for "no class".
  public init(label: Int, of classes: Int) { self.init(label: label == classes ? nil : label) }

  /// The condition without some kinds: what the weak pass of guidance is asked for.
  public func dropping(_ kinds: Set<ConditionKind>) -> Condition {
    Condition(
      label: kinds.contains(.label) ? nil : label, vector: kinds.contains(.vector) ? nil : vector,
      context: kinds.contains(.context) ? nil : context)
  }
}

/// The kinds of conditions.
public enum ConditionKind: String, CaseIterable, Codable, Sendable {
  case label, vector, context
}

extension Set<ConditionKind> {
  /// Every kind.
  public static var all: Set<ConditionKind> { Set(ConditionKind.allCases) }
}

/// Which conditions a network takes, and how large they are. `nil` means that it does not take the kind.
public struct ConditionShape: Codable, Hashable, Sendable {
  /// The number of classes.
  public var classes: Int?
  /// The width of the representation.
  public var vectorWidth: Int?
  /// The width of a context token.
  public var contextWidth: Int?

  /// Describes conditions; a network without any draws whatever it has learned.
  public init(classes: Int? = nil, vectorWidth: Int? = nil, contextWidth: Int? = nil) {
    self.classes = classes
    self.vectorWidth = vectorWidth
    self.contextWidth = contextWidth
  }

  /// Throws unless a network of this shape can take a condition.
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
