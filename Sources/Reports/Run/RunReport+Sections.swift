import Diagnostics
import Foundation
import Scores
import Telemetry

/// The sections of the page; each is `nil` if the run has no data for it.
extension RunReport {
  static func damages(_ run: RunContents) -> String? {
    guard !run.damages.isEmpty else { return nil }
    let items = run.damages.map { "<li>\($0.htmlEscaped)</li>" }.joined()
    return "<aside class=\"damage\"><h2>Not everything could be read</h2><ul>\(items)</ul></aside>"
  }

  static func samples(_ run: RunContents) -> String? {
    guard let latest = run.grids.last else { return nil }
    let earlier = run.grids.dropLast()
    let strip = earlier.map { figure($0, isLarge: false) }.joined(separator: "\n")
    let hidden = run.gridCount - run.grids.count
    let note = hidden > 0 ? "<p class=\"aside\">\(hidden) more in the folder of the run.</p>" : ""
    return section(
      "Samples",
      """
      <div class="samples">
      \(figure(latest, isLarge: true))
      \(earlier.isEmpty ? "" : "<div><div class=\"strip\">\(strip)</div>\(note)</div>")
      </div>
      """)
  }

  private static func figure(_ grid: RunContents.Grid, isLarge: Bool) -> String {
    let caption = Int(grid.name).map { "\(Readable.count($0)) images" } ?? grid.name
    // Small pictures are enlarged with visible pixels, large ones are scaled smoothly.
    let look = grid.width < 400 ? " class=\"pixels\"" : ""
    return """
      <figure\(isLarge ? " class=\"large\"" : "")>\(isLarge ? columnHeads(grid) : "")\
      <img\(look) alt="Samples after \(caption.htmlEscaped)" \
      src="data:image/png;base64,\(grid.png.base64EncodedString())">\
      <figcaption>\(isLarge ? "After " : "")\(caption.htmlEscaped)\
      \(isLarge ? classesByRow(grid).htmlEscaped : "")</figcaption></figure>
      """
  }

  /// The class of each column above the grid, if every column has a single one.
  private static func columnHeads(_ grid: RunContents.Grid) -> String {
    guard let heads = grid.columnClasses else { return "" }
    let cells = heads.map { "<span>\($0.htmlEscaped)</span>" }.joined()
    return "<div class=\"heads\" style=\"--columns:\(heads.count)\">\(cells)</div>"
  }

  /// The classes row by row, if the columns have no single class.
  private static func classesByRow(_ grid: RunContents.Grid) -> String {
    guard grid.columnClasses == nil, !grid.classes.isEmpty, grid.columns > 0 else { return "" }
    let rows = stride(from: 0, to: grid.classes.count, by: grid.columns).map { start in
      grid.classes[start..<min(start + grid.columns, grid.classes.count)].joined(separator: ", ")
    }
    return ". Classes, row by row: " + rows.joined(separator: "; ")
  }

  static func scores(_ run: RunContents) -> String? {
    // Scores with their own file are listed in the section on evaluations.
    let scores = run.latestScores.filter { score in
      !run.scoreFiles.contains { file in
        file.images == score.images
          && file.record.scores.contains { $0.name.rawValue == score.name }
      }
    }
    guard !scores.isEmpty else { return nil }
    let rows = scores.map { score in
      let value = score.value.map { Readable.number($0) } ?? "–"
      return [
        named(displayName(score), ScoreName(rawValue: score.name ?? "")),
        "<span class=\"strong\">\(value)</span>", interval(score) ?? "–",
        score.count.map { Readable.count($0) } ?? "–", Readable.count(score.images),
        protocolText(score),
      ]
    }
    let columns: [HTMLTable.Column] = [
      .text("Score"), .number("Value"), .number("95 % interval"), .number("Pictures"),
      .number("At images"), .text("Protocol"),
    ]
    return section("Scores", HTMLTable(columns, html: rows).html)
  }

  /// The name of a score, and below it which direction is better, if that is known.
  static func named(_ displayName: String, _ score: ScoreName) -> String {
    let direction = score.direction.map { "<span class=\"direction\">\($0)</span>" } ?? ""
    return displayName.htmlEscaped + direction
  }

  /// The score files with links to their pages.
  static func evaluations(_ run: RunContents) -> String? {
    guard !run.scoreFiles.isEmpty else { return nil }
    let rows = run.scoreFiles.reversed().map { file in
      let record = file.record
      let scores = record.scores.map { score in
        let value =
          score.error.map { Readable.number(score.value, error: $0) }
          ?? Readable.number(score.value)
        return "<span class=\"fact\"><b>\(score.name.displayName.htmlEscaped)</b> \(value)</span>"
      }
      let fields = record.scores.first?.protocolRecord
      let facts = ["pictures", "reference", "network", "solver", "steps", "guidance"].compactMap {
        name in fields?[name].map { "\(FieldWords.of(name).lowercased()) \($0)" }
      }
      let text = facts.joined(separator: ", ").htmlEscaped
      let link = file.page.map { "<a href=\"\($0.htmlEscaped)\">\(text)</a>" } ?? text
      return [Readable.count(file.images), scores.joined(separator: " "), link]
    }
    return section(
      "Evaluations",
      HTMLTable([.text("Images"), .text("Scores"), .text("Page")], html: rows).html)
  }

  private static func protocolText(_ score: MetricRecord) -> String {
    guard let record = score.protocolRecord, !record.isEmpty else { return "not recorded" }
    return facts(record.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
  }

  /// Fields of a record in one cell of a table.
  static func facts(_ fields: [(name: String, value: String)]) -> String {
    fields.map { name, value in
      "<span class=\"fact\"><b>\(FieldWords.of(name).htmlEscaped)</b> \(value.htmlEscaped)</span>"
    }.joined(separator: " ")
  }

  static func cost(_ run: RunContents, extra: [String: String]) -> String? {
    var facts: [(String, String)] = []
    if let last = run.records.max(by: { $0.images < $1.images }) {
      facts.append(("Images seen", Readable.count(last.images)))
      facts.append(("Steps", Readable.count(last.step)))
    }
    if let seconds = run.records.compactMap(\.trainSeconds).max() {
      facts.append(("Training time", Readable.duration(seconds)))
    }
    if let rate = middleRate(run) {
      facts.append(("Median rate", "\(Readable.number(rate, digits: 3)) images/s"))
    }
    if let memory = run.records.compactMap(\.memoryBytes).max() {
      facts.append(("Most memory logged", Readable.bytes(memory)))
    }
    for (name, value) in extra.sorted(by: { $0.key < $1.key })
    where !["name", "model", "data"].contains(name) {
      facts.append((capitalized(name), value))
    }
    return facts.isEmpty ? nil : section("Cost", list(facts))
  }

  static func checkpoints(_ run: RunContents) -> String? {
    guard !run.checkpoints.isEmpty else { return nil }
    let rows = run.checkpoints.reversed().map { checkpoint in
      [
        Int(checkpoint.name).map { Readable.count($0) } ?? checkpoint.name.htmlEscaped,
        Readable.bytes(checkpoint.bytes), checkpoint.files.joined(separator: ", ").htmlEscaped,
        checkpoint.isComplete ? "complete" : "<em>incomplete: writing was cut short</em>",
      ]
    }
    return section(
      "Checkpoints",
      HTMLTable([.text("Images"), .number("Size"), .text("Weights"), .text("State")], html: rows)
        .html)
  }

  static func notes(_ run: RunContents) -> String? {
    let notes = run.records(.note).filter { $0.text != nil }
    guard !notes.isEmpty else { return nil }
    return section(
      "Notes", list(notes.map { ("\(Readable.count($0.images)) images", $0.text ?? "") }))
  }

  static func configuration(_ run: RunContents) -> String? {
    guard let recipe = run.recipeText else { return nil }
    let lines = recipe.count { $0 == "\n" } + (recipe.hasSuffix("\n") ? 0 : 1)
    return section(
      "Configuration",
      """
      <details><summary>\(run.recipeFile), \(lines) lines</summary>
      <pre><code>\(recipe.htmlEscaped)</code></pre></details>
      """)
  }

  static func environment(_ run: RunContents) -> String? {
    guard let record = run.environment else { return nil }
    let changes = record.hasLocalChanges == true ? ", with local changes" : ""
    let commit = record.commit.map { " (commit \($0.prefix(12))\(changes))" } ?? ""
    let memory = Readable.bytes(record.memoryBytes)
    var facts = [("Peregrine", record.peregrine + commit), ("Swift", record.swift)]
    facts += record.libraries.sorted { $0.key < $1.key }
      .map { ($0.key == "engine" ? "Engine" : $0.key, $0.value) }
    facts.append(("Device", "\(record.device), \(record.threads) threads"))
    facts.append(("Machine", "\(record.cores) cores, \(memory) of memory"))
    if let processor = record.processor { facts.append(("Processor", processor)) }
    if !record.processorFeatures.isEmpty {
      facts.append(("Extensions", record.processorFeatures.joined(separator: " ")))
    }
    let system = [record.operatingSystem, record.kernel.map { "kernel \($0)" }].compactMap { $0 }
    if !system.isEmpty { facts.append(("System", system.joined(separator: ", "))) }
    facts.append(("Recorded", record.capturedAt))
    let command = ShellCommand.line(record.commandLine).htmlEscaped
    return section(
      "Environment", list(facts) + "<pre class=\"command\"><code>\(command)</code></pre>")
  }

  // MARK: - Parts

  static func section(_ title: String, _ body: String) -> String {
    "<section>\n<h2>\(title)</h2>\n\(body)\n</section>"
  }

  /// The text with a capital letter at its beginning.
  static func capitalized(_ text: String) -> String {
    text.prefix(1).uppercased() + text.dropFirst()
  }

  /// A list of names and values, which are escaped here.
  static func list(_ facts: [(String, String)]) -> String {
    let items = facts.map {
      "<div><dt>\($0.0.htmlEscaped)</dt><dd>\($0.1.htmlEscaped)</dd></div>"
    }
    return "<dl class=\"facts\">\(items.joined(separator: "\n"))</dl>"
  }
}
