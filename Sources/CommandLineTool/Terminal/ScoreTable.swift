import Diagnostics
import Scores

/// Scores as lines of text: value ± error, then the protocol.
enum ScoreTable {
  /// One line per score, then their common protocol, then the fields in which each differs.
  static func lines(_ record: ScoreRecord) -> [String] {
    let names = record.scores.map(\.name.displayName)
    let width = names.map(\.count).max() ?? 0
    var lines = zip(names, record.scores).map { name, score in
      "\(padded(name, width))  \(valueAndError(score.value, score.error, score.errorMeaning))"
    }
    let shared = record.sharedProtocol
    lines.append("")
    lines += shared.map { "\(padded($0.name, 22))\($0.value)" }.map { Readable.text($0) }
    for (name, score) in zip(names, record.scores) {
      let own = score.protocolRecord.fields.filter { !shared.contains($0) }
      guard !own.isEmpty else { continue }
      lines.append("\(name):")
      lines += own.map { "  \(padded($0.name, 20))\($0.value)" }.map { Readable.text($0) }
    }
    return lines
  }

  /// The scores of two records side by side, with the difference.
  static func lines(_ comparison: ScoreComparison) -> [String] {
    var rows = [["", "first", "second", "difference", ""]]
    for row in comparison.rows {
      let difference = row.difference
      rows.append([
        row.score.name.displayName, valueAndError(row.baseline.value, row.baseline.error, nil),
        valueAndError(row.score.value, row.score.error, nil),
        valueAndError(difference.value, difference.error, nil), difference.errorMeaning ?? "",
      ])
    }
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    var lines = rows.map { row in
      zip(row, widths).map { padded($0, $1) }.joined(separator: "  ").trimmed
    }
    if !comparison.unpaired.isEmpty {
      let names = comparison.unpaired.map(\.name.displayName).joined(separator: ", ")
      lines.append("in one of them only: \(names)")
    }
    return lines
  }

  private static func valueAndError(_ value: Double, _ error: Double?, _ meaning: String?) -> String
  {
    var text = error.map { Readable.number(value, error: $0) } ?? Readable.number(value)
    if let meaning { text += "  (\(meaning))" }
    return text
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}

extension String {
  /// Removes trailing spaces.
  var trimmed: String {
    var text = self[...]
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
