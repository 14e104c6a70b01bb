/// The values that a recipe key accepts, where its type is not enough.
enum Accepted: Sendable {
  /// One of the given texts; in a list, each item is one of them.
  case oneOf([String])
  /// Values described in words.
  case words(String)

  /// The cases of an enum.
  static func cases<Choice: CaseIterable & RawRepresentable<String>>(of type: Choice.Type)
    -> Accepted
  { .oneOf(Choice.allCases.map(\.rawValue)) }

  /// A description for error messages.
  var text: String {
    switch self {
    case .oneOf(let choices): "one of \(choices.joined(separator: ", "))"
    case .words(let words): words
    }
  }

  /// The accepted texts; empty unless they are a closed set.
  var choices: [String] {
    guard case .oneOf(let choices) = self else { return [] }
    return choices
  }
}
