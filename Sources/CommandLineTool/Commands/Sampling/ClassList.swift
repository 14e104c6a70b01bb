import Diagnostics
import Foundation
import Samples

/// The classes of the pictures to draw, used in turn.
struct ClassList {
  private let labels: [Int]
  private let classCount: Int

  /// Reads `3,7` or `disk,star`; without a text, all classes.
  ///
  /// - Throws: ``PeregrineError`` `.usage` with the nearest names.
  init(_ text: String?, names: [String]) throws {
    classCount = names.count
    guard let text else {
      labels = names.isEmpty ? [0] : Array(names.indices)
      return
    }
    labels = try text.split(separator: ",").map { word in
      let word = word.trimmingCharacters(in: .whitespaces)
      if let index = names.firstIndex(of: word) { return index }
      if let number = Int(word), (0...names.count).contains(number) { return number }
      let near = nearestNames(to: word, among: names).map { "`\($0)`" }.joined(separator: ", ")
      throw PeregrineError(
        .usage, doing: "reading `--classes \(text)`", found: "the class `\(word)`",
        expected: "a number from 0 to \(names.count - 1), or a name (`\(names.count)` is no class)",
        advice: near.isEmpty ? "" : "Did you mean \(near)?")
    }
    guard !labels.isEmpty else {
      throw PeregrineError(.usage, doing: "reading `--classes`", found: "no class")
    }
  }

  /// The number of classes.
  var count: Int { labels.count }

  /// The class of the picture with an index.
  func label(of index: Int) -> Int { labels[index % labels.count] }

  /// The condition of the picture with an index.
  func condition(of index: Int) -> Condition { Condition(label: label(of: index), of: classCount) }

  /// The classes in the form of the option.
  var text: String { labels.map(String.init).joined(separator: ",") }
}
