import Diagnostics

extension NPYFile {
  /// The classes of pictures: whole numbers from 0 on, one for each row.
  ///
  /// - Parameters:
  ///   - count: the number of pictures.
  ///   - classCount: the number of classes, if it is known.
  /// - Throws: `.badData`, naming the file and the first row with another label.
  func labels(count: Int, classCount: Int? = nil) throws -> [Int] {
    guard element.isInteger, shape == [count] || shape == [count, 1] else {
      throw NPYHeader.failure(
        name, found: "\(element) of shape \(shape)",
        expected: "one whole number for each of the \(count) pictures")
    }
    let labels = try integers(0..<count)
    let limit = classCount ?? Bounds.classes.range.upperBound
    if let row = labels.firstIndex(where: { !(0..<limit).contains($0) }) {
      throw NPYHeader.failure(
        name, found: "the label \(try integerText(at: row)) in row \(row)",
        expected: classCount.map { "0 to \($0 - 1), as there are \($0) class names" }
          ?? "a class number from \(Bounds.label.words)",
        advice: "Correct the labels, and save the array again with numpy.save.")
    }
    return labels
  }
}
