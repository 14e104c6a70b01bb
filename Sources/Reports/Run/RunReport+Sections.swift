import Diagnostics
import Foundation
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
      <figure\(isLarge ? " class=\"large\"" : "")>\
      <img\(look) alt="Samples after \(caption.htmlEscaped)" \
      src="data:image/png;base64,\(grid.png.base64EncodedString())">\
      <figcaption>\(isLarge ? "After " : "")\(caption.htmlEscaped)</figcaption></figure>
      """
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
      """
      <tr><th scope="row">\(displayName(score).htmlEscaped)</th>\
      <td class="number strong">\(score.value.map { Readable.number($0) } ?? "–")</td>\
      <td class="number">\(interval(score) ?? "–")</td>\
      <td class="number">\(score.count.map { Readable.count($0) } ?? "–")</td>\
      <td class="number">\(Readable.count(score.images))</td>\
      <td>\(protocolText(score))</td></tr>
      """
    }
    return section(
      "Scores",
      """
      <div class="wide"><table>
      <thead><tr><th>Score</th><th class="number">Value</th><th class="number">Interval</th>\
      <th class="number">Pictures</th><th class="number">At images</th><th>Protocol</th></tr></thead>
      <tbody>
      \(rows.joined(separator: "\n"))
      </tbody>
      </table></div>
      """)
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
        name in fields?[name].map { "\(name) \($0)" }
      }
      let text = facts.joined(separator: ", ").htmlEscaped
      let link = file.page.map { "<a href=\"\($0.htmlEscaped)\">\(text)</a>" } ?? text
      return """
        <tr><th scope="row">\(Readable.count(file.images))</th>\
        <td>\(scores.joined(separator: " "))</td><td>\(link)</td></tr>
        """
    }
    return section(
      "Evaluations",
      """
      <div class="wide"><table>
      <thead><tr><th>Images</th><th>Scores</th><th>Page</th></tr></thead>
      <tbody>
      \(rows.joined(separator: "\n"))
      </tbody>
      </table></div>
      """)
  }

  private static func protocolText(_ score: MetricRecord) -> String {
    guard let record = score.protocolRecord, !record.isEmpty else { return "not recorded" }
    return record.sorted { $0.key < $1.key }
      .map { key, value in
        "<span class=\"fact\"><b>\(key.replacing("_", with: " ").htmlEscaped)</b> \(value.htmlEscaped)</span>"
      }
      .joined(separator: " ")
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
      facts.append((name, value))
    }
    return facts.isEmpty ? nil : section("Cost", list(facts))
  }

  static func checkpoints(_ run: RunContents) -> String? {
    guard !run.checkpoints.isEmpty else { return nil }
    let rows = run.checkpoints.reversed().map { checkpoint in
      let state = checkpoint.isComplete ? "complete" : "<em>incomplete: writing was cut short</em>"
      return """
        <tr><th scope="row">\(Int(checkpoint.name).map { Readable.count($0) } ?? checkpoint.name.htmlEscaped)</th>\
        <td class="number">\(Readable.bytes(checkpoint.bytes))</td>\
        <td>\(checkpoint.files.joined(separator: ", ").htmlEscaped)</td><td>\(state)</td></tr>
        """
    }
    return section(
      "Checkpoints",
      """
      <div class="wide"><table>
      <thead><tr><th>Images</th><th class="number">Size</th><th>Weights</th><th>State</th></tr></thead>
      <tbody>
      \(rows.joined(separator: "\n"))
      </tbody>
      </table></div>
      """)
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
    facts += record.libraries.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    facts.append(("Device", "\(record.device), \(record.threads) threads"))
    facts.append(("Machine", "\(record.cores) cores, \(memory) of memory"))
    if let processor = record.processor { facts.append(("Processor", processor)) }
    if !record.processorFeatures.isEmpty {
      facts.append(("Extensions", record.processorFeatures.joined(separator: " ")))
    }
    let system = [record.operatingSystem, record.kernel.map { "kernel \($0)" }].compactMap { $0 }
    if !system.isEmpty { facts.append(("System", system.joined(separator: ", "))) }
    facts.append(("Recorded", record.capturedAt))
    let command = record.commandLine.joined(separator: " ").htmlEscaped
    return section(
      "Environment", list(facts) + "<pre class=\"command\"><code>\(command)</code></pre>")
  }

  // MARK: - Parts

  static func section(_ title: String, _ body: String) -> String {
    "<section>\n<h2>\(title)</h2>\n\(body)\n</section>"
  }

  /// A list of names and values, which are escaped here.
  static func list(_ facts: [(String, String)]) -> String {
    let items = facts.map { "<div><dt>\($0.0.htmlEscaped)</dt><dd>\($0.1.htmlEscaped)</dd></div>" }
    return "<dl class=\"facts\">\(items.joined(separator: "\n"))</dl>"
  }
}
