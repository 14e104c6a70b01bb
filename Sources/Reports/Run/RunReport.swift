import Diagnostics
import FileAccess
import Foundation
import RunFiles
import Telemetry

/// A run as one self-contained page: samples, curves, scores, cost, configuration, environment.
///
/// The page needs no network, no script and no other file. Missing data are left out; damaged files
/// are named on the page. No metric is computed here.
public enum RunReport {
  /// The page for a run folder.
  ///
  /// - Parameters:
  ///   - run: the run folder.
  ///   - extra: facts that are not in the run's files. `name`, `model` and `data` are used in the
  ///     headline; all others, such as `"FLOPs per image": "5.5 GFLOP"`, are listed under cost.
  /// - Throws: ``PeregrineError`` `.missingInput` if the folder does not exist.
  public static func html(for run: RunLayout, extra: [String: String] = [:]) throws -> String {
    page(of: try RunContents(run), extra: extra)
  }

  /// Writes the page atomically to `report.html` in the run folder and returns its URL.
  ///
  /// - Throws: as ``html(for:extra:)``, and ``PeregrineError`` `.io` if it cannot be written.
  @discardableResult
  public static func write(for run: RunLayout, extra: [String: String] = [:]) throws -> URL {
    let url = run.report
    try AtomicFile.write(Data(html(for: run, extra: extra).utf8), to: url)
    return url
  }

  private static func page(of run: RunContents, extra: [String: String]) -> String {
    let name =
      extra["name"] ?? run.recipeName("name") ?? run.name
    let sections = [
      damages(run), samples(run), curves(run), scores(run), evaluations(run),
      cost(run, extra: extra),
      checkpoints(run), notes(run), configuration(run), environment(run),
    ]
    return Page.document(
      title: name,
      body: headline(run, name: name, extra: extra) + "\n"
        + sections.compactMap { $0 }.joined(separator: "\n"),
      footer: "Times count training only; evaluation is never billed as training.")
  }

  private static func headline(_ run: RunContents, name: String, extra: [String: String]) -> String
  {
    let model = extra["model"] ?? run.recipeName("model")
    let data = extra["data"] ?? run.recipeName("data") ?? run.recipeName("dataset")
    let subtitle = [model, data.map { "trained on \($0)" }].compactMap { $0 }.joined(
      separator: ", ")
    let figures = figures(run).map { figure in
      """
      <div><dt>\(figure.name.htmlEscaped)</dt><dd>\(figure.value.htmlEscaped)</dd>\
      <dd class="aside">\(figure.aside.htmlEscaped)</dd></div>
      """
    }
    return """
      <header>
      <p class="overline">Run report</p>
      <h1>\(name.htmlEscaped)</h1>
      \(subtitle.isEmpty ? "" : "<p class=\"subtitle\">\(subtitle.htmlEscaped)</p>")
      \(figures.isEmpty ? "<p class=\"subtitle\">No metrics yet.</p>" : "<dl class=\"figures\">\(figures.joined())</dl>")
      </header>
      """
  }

  /// The key figures at the top.
  private static func figures(_ run: RunContents) -> [(name: String, value: String, aside: String)]
  {
    var figures: [(name: String, value: String, aside: String)] = []
    if let last = run.records.max(by: { $0.images < $1.images }) {
      figures.append(
        ("Images seen", Readable.count(last.images), "\(Readable.count(last.step)) steps"))
    }
    if let seconds = run.records.compactMap(\.trainSeconds).max() {
      let rate = middleRate(run).map { "\(Readable.number($0, digits: 3)) images/s" } ?? ""
      figures.append(("Training time", Readable.duration(seconds), rate))
    }
    for (kind, name) in [
      (MetricRecord.Kind.validation, "Held-out loss"), (.train, "Training loss"),
    ] {
      guard figures.count < 3, let record = run.records(kind).last(where: { $0.loss != nil }),
        let loss = record.loss
      else { continue }
      figures.append((name, Readable.number(loss), "at \(Readable.count(record.images)) images"))
    }
    for score in run.latestScores.prefix(3) {
      figures.append(
        (displayName(score), score.value.map { Readable.number($0) } ?? "", interval(score) ?? ""))
    }
    return figures
  }

  /// The median of the logged images per second.
  static func middleRate(_ run: RunContents) -> Double? {
    let rates = run.records.compactMap(\.imagesPerSecond).filter(\.isFinite).sorted()
    return rates.isEmpty ? nil : rates[rates.count / 2]
  }

  /// The display name of a score; short names are abbreviations and shown in upper case.
  static func displayName(_ score: MetricRecord) -> String {
    let name = score.name ?? ""
    return name.count <= 3
      ? name.uppercased() : name.prefix(1).uppercased() + name.dropFirst().replacing("_", with: " ")
  }

  /// "2.1 to 2.4", if the record has both ends.
  static func interval(_ score: MetricRecord) -> String? {
    guard let low = score.low, let high = score.high else { return nil }
    return "\(Readable.number(low)) to \(Readable.number(high))"
  }
}
