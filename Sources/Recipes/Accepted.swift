/// What a key of a recipe accepts besides its type.
enum Accepted: Sendable {
  /// One of some texts; a list's items each.
  case oneOf([String])
  /// What these words say.
  case words(String)

  /// The texts of a closed set.
  static func cases<Choice: CaseIterable & RawRepresentable<String>>(of type: Choice.Type)
    -> Accepted
  { .oneOf(Choice.allCases.map(\.rawValue)) }

  /// In words, for messages.
  var text: String {
    switch self {
    case .oneOf(let choices): "one of \(choices.joined(separator: ", "))"
    case .words(let words): words
    }
  }

  /// The texts, where they are a closed set.
  var choices: [String] {
    guard case .oneOf(let choices) = self else { return [] }
    return choices
  }
}
