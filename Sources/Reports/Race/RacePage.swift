import Diagnostics
import Foundation
import Race
import Scores

/// The page of one race, and the common parts of its sections.
struct RacePage {
  let record: RaceRecord
  /// The plan with its runs, for computing costs and values.
  let race: ObservedRace

  /// A finished run and its final value of the primary metric.
  struct Reading {
    let run: RunObservation
    let value: Double
  }

  init(_ record: RaceRecord) {
    self.record = record
    race = ObservedRace(record.plan, trials: record.trials, runs: record.runs)
  }

  /// The content of the page, without the document around it.
  var body: String {
    let figures = [
      learningFigure, curveFigure, gapFigure, staircaseFigure, ledgerFigure, scheduleFigure,
      seedFigure, distanceFigure, calibrationFigure, decompositionFigure, guidanceFigure,
      claimFigure,
    ]
    let tables: [String?] = [
      experimentSection, runsSection, trialsSection, machineSection, findingsSection,
      commandSection,
    ]
    let parts = ["<style>\n\(RaceStyle.sheet)\n</style>", headline, plainSection]
    return (parts + figures + tables.compactMap { $0 }).joined(separator: "\n")
  }

  // MARK: - The race

  var experiment: Experiment { record.plan.experiment }
  var primary: Experiment.Primary { record.plan.experiment.primary }
  var baseline: String { experiment.baseline.name }
  var new: String { experiment.new.name }
  /// The names of the baseline and the new recipe, in the order of colours.
  var names: [String] { experiment.arms.map(\.name) }
  /// The largest budget, counted from 0.
  var largestBudget: Int { experiment.budgets.count - 1 }

  /// The finished runs of a recipe that have the primary metric.
  func readings(of arm: String) -> [Reading] {
    race.runs.compactMap { run -> Reading? in
      guard run.run.arm == arm, run.state == .finished,
        let value = race.value(of: run, primary.metric, guidance: primary.guidance),
        value.isFinite
      else { return nil }
      return Reading(run: run, value: value)
    }
  }

  /// Whether a check of this kind failed.
  func isRefused(for code: Refusal) -> Bool {
    record.verdict.refusals.contains { $0.code == code }
  }

  // MARK: - Words

  /// The primary metric's name for people.
  var metric: String { Self.metricName(primary.metric) }

  /// Whether the primary metric is compared by ratios.
  var isDistance: Bool { RaceMetric.isDistance(primary.metric) }

  /// The metric and the target value.
  var aim: String {
    record.target.map { "\(metric) \(Readable.number($0))" } ?? "a target that nothing says"
  }

  /// Everything that must be reported with a speed-up, except its unit and method.
  var setting: String {
    let seeds = experiment.arms.map { "\(experiment.seeds(of: $0).count)" }
    return [
      "to \(aim)", Self.guidanceWords(primary.guidance),
      "n = \(seeds.joined(separator: " and "))", "ledger \(record.ledgerVersion)",
    ].joined(separator: ", ")
  }

  static func metricName(_ metric: String) -> String {
    metric == RaceMetric.heldOutLoss
      ? "held-out loss" : ScoreName(rawValue: metric).displayName
  }

  static func guidanceWords(_ guidance: Double) -> String {
    guidance == 1 ? "unguided" : "guidance \(Readable.number(guidance))"
  }

  static func factor(_ value: Double) -> String { Readable.number(value, digits: 3) + "x" }

  static func percent(_ share: Double) -> String {
    Readable.number(share * 100, digits: 2) + " %"
  }

  /// A share in percent with its sign.
  static func signed(_ share: Double) -> String { (share > 0 ? "+" : "") + percent(share) }

  static func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(values.count)
  }

  static func capitalized(_ text: String) -> String { RunReport.capitalized(text) }

  // MARK: - Parts of the page

  /// A numbered figure; if there is nothing to draw, a line of text in place of the charts.
  static func figure(
    _ number: Int, _ title: String, _ charts: [String?], caption: String, missing: String,
    more: String = ""
  ) -> String {
    let drawn = charts.compactMap { $0 }.map { "<div>\($0)</div>" }
    let body =
      drawn.isEmpty
      ? line(missing)
      : "<div class=\"charts\">\n\(drawn.joined(separator: "\n"))\n</div>\n"
        + "<p class=\"caption\">\(caption.htmlEscaped)</p>"
    return section(number, title, body + (more.isEmpty ? "" : "\n" + more))
  }

  /// A numbered section.
  static func section(_ number: Int, _ title: String, _ body: String) -> String {
    RunReport.section("<span class=\"place\">\(number)</span>\(title.htmlEscaped)", body)
  }

  /// A line that says why something is missing.
  static func line(_ text: String) -> String { "<p class=\"aside\">\(text.htmlEscaped)</p>" }

  typealias Column = HTMLTable.Column

  /// A table of texts, escaped here; the first cell of each row is its header.
  static func table(_ columns: [Column], _ rows: [[String]]) -> String {
    HTMLTable(columns, texts: rows).html
  }
}
