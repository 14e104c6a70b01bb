/// A table of a page. On narrow screens each row becomes a card, in which every cell has the title of
/// its column.
struct HTMLTable {
  /// A column.
  struct Column {
    let title: String
    let isNumber: Bool

    static func text(_ title: String) -> Column { Column(title: title, isNumber: false) }
    static func number(_ title: String) -> Column { Column(title: title, isNumber: true) }

    var attribute: String { isNumber ? " class=\"number\"" : "" }
  }

  let columns: [Column]
  /// The cells of each row as HTML; the first one is the row's header.
  let rows: [[String]]

  /// A table of HTML cells.
  init(_ columns: [Column], html rows: [[String]]) {
    self.columns = columns
    self.rows = rows
  }

  /// A table of texts, escaped here.
  init(_ columns: [Column], texts rows: [[String]]) {
    self.init(columns, html: rows.map { $0.map(\.htmlEscaped) })
  }

  /// The element, which scrolls sideways if it is still too wide.
  var html: String {
    let head = columns.map { "<th\($0.attribute)>\($0.title.htmlEscaped)</th>" }
    let lines = rows.map { row in
      let cells = zip(columns, row).dropFirst().map { column, cell in
        "<td\(column.attribute) data-title=\"\(column.title.htmlEscaped)\">\(cell)</td>"
      }
      return "<tr><th scope=\"row\">\(row.first ?? "")</th>\(cells.joined())</tr>"
    }
    return """
      <div class="wide"><table>
      <thead><tr>\(head.joined())</tr></thead>
      <tbody>
      \(lines.joined(separator: "\n"))
      </tbody></table></div>
      """
  }
}
