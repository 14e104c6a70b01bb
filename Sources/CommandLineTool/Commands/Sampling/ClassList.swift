import Diagnostics
import Foundation
import Samples

/// The classes of the pictures to draw, used in turn.
///
/// A word is the name of a class if there is one of that name, otherwise its number. `name:7` and
/// `number:7` say which of both is meant; `none` or `null` asks for no class.
struct ClassList {
  private let labels: [Int]
  private let names: [String]

  /// Reads `3,7` or `disk,star`; without a text, all classes.
  ///
  /// - Throws: ``PeregrineError`` `.usage` with the nearest names.
  init(_ text: String?, names: [String]) throws {
    self.names = names
    guard let text else {
      labels = names.isEmpty ? [0] : Array(names.indices)
      return
    }
    labels = try text.split(separator: ",").map { word in
      let word = word.trimmingCharacters(in: .whitespaces)
      if let label = Self.label(word, names) { return label }
      let near = nearestNames(to: word, among: names).map { "`\($0)`" }.joined(separator: ", ")
      throw PeregrineError(
        .usage, doing: "reading `--classes \(text)`", found: "the class `\(word)`",
        expected: names.isEmpty
          ? "`none`: the run has no classes"
          : "a name, a number from 0 to \(names.count - 1), or `none` for no class",
        advice: near.isEmpty ? "" : "Did you mean \(near)?")
    }
    guard !labels.isEmpty else {
      throw PeregrineError(
        .usage, doing: "reading `--classes`", found: "no class",
        expected: "names or numbers, separated by commas")
    }
  }

  /// The class that a word means; the number of classes for "no class".
  private static func label(_ word: String, _ names: [String]) -> Int? {
    func place(of name: some StringProtocol) -> Int? { names.firstIndex { $0.isExactly(name) } }
    if let index = place(of: word) { return index }
    if word.hasPrefix("name:") { return place(of: word.dropFirst(5)) }
    if ["none", "null"].contains(word) { return names.count }
    let number = Int(word.hasPrefix("number:") ? String(word.dropFirst(7)) : word)
    return number.flatMap { (0...names.count).contains($0) ? $0 : nil }
  }

  /// Rejects "no class" for a run that never trained without classes.
  ///
  /// - Parameter labelDrop: how often the training dropped the class.
  func check(labelDrop: Double) throws {
    guard !names.isEmpty else { return }
    if labelDrop <= 0, labels.contains(names.count) {
      throw Self.untrained(
        "no class", labelDrop, expected: "classes, as the model never predicted without one",
        advice: "Train with `objective.label_drop: 0.1` to draw without a class.")
    }
    if labelDrop >= 1, labels.contains(where: { $0 < names.count }) {
      throw Self.untrained(
        "classes", labelDrop, expected: "no class, as the model never saw one",
        advice: "Ask for `--classes none`.")
    }
  }

  private static func untrained(
    _ what: String, _ labelDrop: Double, expected: String, advice: String
  ) -> PeregrineError {
    PeregrineError(
      .usage, doing: "choosing the classes to draw",
      found: "\(what), for a run with `objective.label_drop: \(labelDrop)`", expected: expected,
      advice: advice)
  }

  /// The number of classes.
  var count: Int { labels.count }

  /// The class of the picture with an index; `nil` for no class.
  func label(of index: Int) -> Int? {
    let label = labels[index % labels.count]
    return label == names.count ? nil : label
  }

  /// The class of the picture with an index, as a number; the number of classes for no class.
  func number(of index: Int) -> Int { labels[index % labels.count] }

  /// The name of the class of the picture with an index.
  func name(of index: Int) -> String? { label(of: index).map { names[$0] } }

  /// The condition of the picture with an index.
  func condition(of index: Int) -> Condition { Condition(label: label(of: index)) }
}
