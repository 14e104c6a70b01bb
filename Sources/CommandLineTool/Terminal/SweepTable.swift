import Diagnostics
import Training

/// A sweep of averages as lines of text, with the best one marked.
enum SweepTable {
  /// A header and a line per length.
  static func lines(_ rows: [EMASweep.Row], best: Int?) -> [String] {
    let names = rows.first?.scores.map(\.name.displayName) ?? []
    let header = ["length", "mismatch", "held-out loss"] + names + [""]
    let cells = rows.enumerated().map { index, row in
      [
        "\(row.length)", Readable.number(row.mismatch, digits: 2),
        row.heldOutLoss.map { Readable.number($0, digits: 6) } ?? "-",
      ]
        + row.scores.map { score in
          score.error.map { Readable.number(score.value, error: $0) }
            ?? Readable.number(score.value)
        } + [index == best ? "best" : ""]
    }
    let widths = header.indices.map { column in
      ([header] + cells).map { $0[column].count }.max() ?? 0
    }
    return ([header] + cells).map { row in
      zip(row, widths).map { text, width in
        text + String(repeating: " ", count: width - text.count)
      }.joined(separator: "  ").trimmed
    }
  }
}
