import Diagnostics
import FileAccess
import Foundation
import Scores

/// The scores of one set of pictures as a self-contained page: a table with protocol, pictures next
/// to the reference, nearest training pictures, a plot of the features, and the Fréchet distance
/// over 1/n.
///
/// No metric is computed here.
public struct EvaluationPage {
  /// A picture with its nearest pictures.
  public struct Neighbourhood {
    /// The picture, as PNG.
    public var picture: Data
    /// The nearest pictures of the reference as PNG, nearest first, with their distances.
    public var nearest: [(picture: Data, distance: Double)]

    /// Creates a row of the section.
    public init(picture: Data, nearest: [(picture: Data, distance: Double)]) {
      self.picture = picture
      self.nearest = nearest
    }
  }

  /// What is scored, for the headline.
  public var title: String
  /// The reference.
  public var reference: String
  /// The scores.
  public var record: ScoreRecord
  /// Grids of the reference and of the scored pictures, as PNG.
  public var grids: (reference: Data?, scored: Data)
  /// The scored pictures that are nearest to a reference picture, nearest first.
  public var neighbourhoods: [Neighbourhood] = []
  /// A summary of the distances, in a sentence.
  public var neighbourSummary = ""
  /// Features projected on the reference's first two principal components.
  public var map: (reference: [(x: Double, y: Double)], scored: [(x: Double, y: Double)])?
  /// The Fréchet distance at several sizes, and the line through these points.
  public var extrapolation:
    (points: [(count: Int, distance: Double)], limit: Double, slope: Double)?

  /// Creates a page with the table and the pictures; other sections are left out until they are
  /// set.
  public init(
    title: String, reference: String, record: ScoreRecord, grids: (reference: Data?, scored: Data)
  ) {
    self.title = title
    self.reference = reference
    self.record = record
    self.grids = grids
  }

  /// Writes the page, either completely or not at all.
  public func write(to url: URL) throws { try AtomicFile.write(Data(html().utf8), to: url) }

  /// The page.
  public func html() -> String {
    let sections = [table, protocolSection, pictures, neighbours, charts, subject]
    return Page.document(
      title: "Scores of \(title)",
      body: headline + "\n" + sections.compactMap { $0 }.joined(separator: "\n"),
      footer: "Scores compare only with scores of the same protocol: "
        + "<code>peregrine compare A.json B.json</code> refuses others.")
  }

  // MARK: - Sections

  private var headline: String {
    let figures = record.scores.prefix(4).map { score in
      """
      <div><dt>\(score.name.displayName.htmlEscaped)</dt><dd>\(Self.parts(score).value)</dd>\
      <dd class="aside">\(Self.parts(score).error)</dd>\
      <dd class="aside">\(score.name.direction ?? "")</dd></div>
      """
    }
    return """
      <header>
      <p class="overline">Scores</p>
      <h1>\(title.htmlEscaped)</h1>
      <p class="subtitle">against \(reference.htmlEscaped)</p>
      <dl class="figures">\(figures.joined())</dl>
      </header>
      """
  }

  private var table: String {
    let shared = record.sharedProtocol
    let rows = record.scores.map { score in
      let own = score.protocolRecord.fields.filter { !shared.contains($0) }
      let (value, error) = Self.parts(score)
      return [
        RunReport.named(score.name.displayName, score.name),
        "<span class=\"strong\">\(value)</span>", error,
        (score.errorMeaning ?? "").htmlEscaped, Self.facts(own),
      ]
    }
    let columns: [HTMLTable.Column] = [
      .text("Score"), .number("Value"), .number("Error"), .text("The error is"),
      .text("Protocol of this score"),
    ]
    return RunReport.section("Scores", HTMLTable(columns, html: rows).html)
  }

  private var protocolSection: String? {
    let shared = record.sharedProtocol
    return shared.isEmpty
      ? nil
      : RunReport.section(
        "Protocol of all scores", RunReport.list(shared.map { (FieldWords.of($0.name), $0.value) }))
  }

  private var pictures: String {
    let reference = grids.reference.map { Self.figure($0, "Reference: \(self.reference)") } ?? ""
    return RunReport.section(
      "Pictures",
      """
      <div class="pair">\(Self.figure(grids.scored, "Scored: \(title)"))\(reference)</div>
      """)
  }

  private var neighbours: String? {
    guard !neighbourhoods.isEmpty else { return nil }
    let rows = neighbourhoods.map { row in
      let nearest = row.nearest.map {
        Self.figure($0.picture, Readable.number($0.distance, digits: 3))
      }
      return
        "<div class=\"neighbours\">\(Self.figure(row.picture, "scored"))\(nearest.joined())</div>"
    }
    return RunReport.section(
      "Nearest reference pictures",
      """
      <p class="aside">\(neighbourSummary.htmlEscaped)</p>
      <div class="neighbourhoods">\(rows.joined(separator: "\n"))</div>
      """)
  }

  private var charts: String? {
    let scatter = map.flatMap { map in
      ScatterChart(
        title: "Features", xLabel: "first main direction of the reference", yLabel: "second",
        clouds: [
          .init(name: "scored", points: map.scored),
          .init(name: "reference", points: map.reference),
        ]
      ).svg()
    }
    let line = extrapolation.flatMap { fit -> String? in
      let points = fit.points.sorted { $0.count > $1.count }
      guard let smallest = points.last else { return nil }
      let far = 1 / Double(smallest.count)
      return LineChart(
        title: "Fréchet distance over 1 / n", xLabel: "1 / number of pictures",
        series: [
          .init(name: "measured", points: points.map { (1 / Double($0.count), $0.distance) }),
          .init(
            name: "fit, \(Readable.number(fit.limit)) at infinity",
            points: [(0, fit.limit), (far, fit.limit + fit.slope * far)]),
        ]
      ).svg()
    }
    let drawn = [scatter, line].compactMap { $0 }.map { "<div>\($0)</div>" }
    guard !drawn.isEmpty else { return nil }
    return RunReport.section(
      "Features", "<div class=\"charts\">\(drawn.joined(separator: "\n"))</div>")
  }

  private var subject: String {
    let facts = (Array(record.subject) + Array(record.made)).sorted { $0.key < $1.key }
    return RunReport.section(
      "What was scored", RunReport.list(facts.map { (FieldWords.of($0.key), $0.value) }))
  }

  // MARK: - Parts

  /// The value, and "± error" if there is one, both rounded to the digits that the error allows.
  private static func parts(_ score: Score) -> (value: String, error: String) {
    guard let error = score.error else { return (Readable.number(score.value), "") }
    let text = Readable.number(score.value, error: error)
    let middle = text.range(of: " ± ")?.lowerBound ?? text.endIndex
    return (String(text[..<middle]), String(text[middle...].dropFirst()))
  }

  private static func facts(_ fields: [ScoreProtocol.Field]) -> String {
    RunReport.facts(fields.map { ($0.name, $0.value) })
  }

  private static func figure(_ png: Data, _ caption: String) -> String {
    """
    <figure><img class="pixels" alt="\(caption.htmlEscaped)" \
    src="data:image/png;base64,\(png.base64EncodedString())">\
    <figcaption>\(caption.htmlEscaped)</figcaption></figure>
    """
  }
}
