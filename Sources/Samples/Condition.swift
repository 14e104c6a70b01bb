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
