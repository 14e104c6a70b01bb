import Foundation
import Scores
import TestSupport
import Testing

@testable import Reports

/// The page of one evaluation.
@Suite struct EvaluationPageTests {
  private let picture = FakePNG.shapes(noise: 0, seed: 1)

  private func page(title: String = "first", reference: String = "photos") throws -> EvaluationPage
  {
    let shared: [ScoreProtocol.Field] = [
      .init(name: "network", value: "mobilenet-v2"), .init(name: "pictures", value: "5000"),
    ]
    func made(_ metric: String) throws -> ScoreProtocol {
      try ScoreProtocol(fields: [.init(name: "metric", value: metric)] + shared)
    }
    let record = ScoreRecord(
      subject: ["run": "runs/<first>", "images": "98304"],
      scores: [
        try Score(
          .kernelDistance, 0.01234, error: 0.0021, errorMeaning: "standard error over 5 blocks",
          protocolRecord: made("cubic kernel & blocks")),
        try Score(.frechetDistance, 161.94, protocolRecord: made("Fréchet")),
        try Score(
          .precision, 0.625, error: 0.25, errorMeaning: "half of <an> interval",
          protocolRecord: made("balls")),
        try Score(.recall, 0.5, protocolRecord: made("balls")),
        try Score(.coverage, 0.4375, protocolRecord: made("balls")),
      ],
      made: ["device": "cpu", "seconds": "1.5"])
    return EvaluationPage(
      title: title, reference: reference, record: record, grids: (picture, picture))
  }

  /// A page with everything set.
  private func whole() throws -> EvaluationPage {
    var page = try page()
    page.neighbourhoods = [
      .init(picture: picture, nearest: [(picture, 1.5), (picture, 2.25)]),
      .init(picture: picture, nearest: [(picture, 3)]),
    ]
    page.neighbourSummary = "Nearer than <usual> & so on."
    page.map = ([(0, 0), (1, 2), (3, 1)], [(1, 1), (2, 2)])
    page.extrapolation = (
      points: [(count: 1_000, distance: 12), (count: 2_000, distance: 11)], limit: 10, slope: 2_000
    )
    return page
  }

  @Test(arguments: [
    "<h1>first</h1>", "against photos", ">KID<span", "0.0123</span></td>", "± 0.0021</td>",
    "standard error over 5 blocks", ">FD<span", "161.9</span></td>", ">precision<span",
    ">recall<span",
    ">coverage<span", "0.4375</span></td>", "higher is better",
    "<b>Metric</b> cubic kernel &amp; blocks", "mobilenet-v2",
    "5000", "runs/&lt;first&gt;", "98304", "half of &lt;an&gt; interval", "<h2>Pictures</h2>",
    "<h2>Nearest reference pictures</h2>", "Nearer than &lt;usual&gt; &amp; so on.", "2.25",
    "<h2>Features</h2>", ">Features</text>", "Fréchet distance over 1 / n",
    "fit, 10 at infinity", "Scored: first", "Reference: photos",
  ])
  func holds(part: String) throws {
    #expect(try whole().html().contains(part))
  }

  @Test func escapesWhatItIsGiven() throws {
    let html = try page(title: "<b>a</b> & \"b\"", reference: "<script>alert(1)</script>").html()
    #expect(html.contains("<h1>&lt;b&gt;a&lt;/b&gt; &amp; &quot;b&quot;</h1>"))
    #expect(html.contains("against &lt;script&gt;"))
    for raw in ["<b>a", "<script", "runs/<", "<an>"] { #expect(!html.contains(raw), "\(raw)") }
  }

  @Test func isSelfContained() throws {
    let html = try whole().html()
    for foreign in ["http://", "https://", "<script", "<link", "@import", "url("] {
      #expect(!html.contains(foreign), "\(foreign)")
    }
    let sources = html.matches(of: /src="([^"]{0,22})/).map { String($0.1) }
    #expect(sources.count == 7)
    #expect(sources.allSatisfy { $0 == "data:image/png;base64," })
  }

  @Test func isWellFormed() throws {
    for page in [try whole(), try page(title: "a < b > c & \"d\"")] {
      var xml = page.html().replacing("<!DOCTYPE html>\n", with: "")
      xml = xml.replacing(/<(meta|img)([^>]*)>/) { "<\($0.output.1)\($0.output.2)/>" }
      #expect(try XMLStructure().problem(in: xml) == nil)
    }
  }

  @Test func leavesOutWhatIsNotSet() throws {
    var page = try page()
    page.grids.reference = nil
    let html = page.html()
    for part in ["Nearest reference", "<h2>Features</h2>", "<svg", "1 / n", "Reference: photos"] {
      #expect(!html.contains(part), "\(part)")
    }
    #expect(html.contains("Scored: first"))
    #expect(html.matches(of: /<img\b/).count == 1)
    // Each of the two charts comes alone as well.
    page.map = ([(0, 0), (1, 2)], [(1, 1)])
    #expect(page.html().contains(">Features</text>"))
    #expect(!page.html().contains("1 / n"))
  }

  @Test func whatAllScoresShareIsSaidOnce() throws {
    let html = try page().html()
    #expect(html.contains("<h2>Protocol of all scores</h2>"))
    #expect(html.matches(of: /mobilenet-v2/).count == 1)
    var page = try page()
    page.record = ScoreRecord(subject: [:], scores: [], made: [:])
    #expect(!page.html().contains("Protocol of all scores"))
  }

  @Test func isWrittenWhole() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appendingPathComponent("page.html")
    try page().write(to: url)
    #expect(try String(contentsOf: url, encoding: .utf8) == page().html())
  }
}
