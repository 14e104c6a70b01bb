import Diagnostics
import Foundation
import Pictures
import RunFiles
import Telemetry
import TestSupport
import Testing

@testable import Reports

@Suite struct RunReportTests {
  /// The page of one whole run, for all tests that only read. Set `PEREGRINE_REPORT` to a file name
  /// to look at it.
  private static let whole: Result<String, any Error> = Result {
    let run = try RunFixture()
    let html = try RunReport.html(
      for: RunLayout(run.url), extra: ["FLOPs per image": "5.5 GFLOP", "data": "shapes <32>"])
    if let path = ProcessInfo.processInfo.environment["PEREGRINE_REPORT"] {
      try Data(html.utf8).write(to: URL(fileURLWithPath: path))
    }
    return html
  }

  @Test(arguments: [
    "<h1>shapes-demo</h1>", "SiT-Ti/2, trained on shapes &lt;32&gt;", "98.3 k", "3 min 12 s",
    "<h2>Samples</h2>", "<h2>Curves</h2>", "<h2>Scores</h2>", "<h2>Cost</h2>",
    "<h2>Checkpoints</h2>", "<h2>Notes</h2>", "<h2>Configuration</h2>", "<h2>Environment</h2>",
    ">Training loss</text>", ">Held-out loss</text>", ">Training loss over diffusion time</text>",
    ">Loss terms</text>",
    ">Gradient norm</text>", ">Training speed</text>", ">KID</text>", "4.12 to 4.52",
    "<b>Features</b> Inception v3 (pool3)", "5.5 GFLOP", "libtorch", "incomplete",
    "Started from random weights.", "recipe.yaml, 9 lines",
    "title: &quot;&lt;b&gt;bold&lt;/b&gt; &amp; &#39;quoted&#39;&quot;",
  ])
  func holds(part: String) throws {
    #expect(try Self.whole.get().contains(part))
  }

  @Test func isSelfContained() throws {
    let html = try Self.whole.get()
    for foreign in ["http://", "https://", "<script", "<link", "@import", "<b>bold"] {
      #expect(!html.contains(foreign), "\(foreign)")
    }
    let sources = html.matches(of: /src="([^"]{0,22})/).map { String($0.1) }
    #expect(sources.count == 8)
    #expect(sources.allSatisfy { $0 == "data:image/png;base64," })
    #expect(html.matches(of: /url\(/).isEmpty)
  }

  /// Everything after the document type is well-formed XML, but for the elements HTML never closes.
  @Test func isWellFormed() throws {
    var xml = try Self.whole.get().replacing("<!DOCTYPE html>\n", with: "")
    xml = xml.replacing(/<(meta|img)([^>]*)>/) { "<\($0.output.1)\($0.output.2)/>" }
    let parser = XMLStructure()
    #expect(try parser.problem(in: xml) == nil)
  }

  @Test func showsTheNewestGridLarge() throws {
    let html = try Self.whole.get()
    let large = try #require(html.firstRange(of: "<figure class=\"large\">"))
    #expect(html[large.upperBound...].contains("After 98.3 k images"))
    #expect(html.components(separatedBy: "<figure").count == 9)
  }

  @Test func emptyFolderGivesAPage() throws {
    let folder = try TemporaryFolder()
    let html = try RunReport.html(for: RunLayout(folder.url), extra: ["name": "a & b"])
    #expect(html.contains("<h1>a &amp; b</h1>"))
    #expect(html.contains("No metrics yet."))
    #expect(!html.contains("<section>"))
    #expect(!html.contains("class=\"damage\""))
  }

  @Test(arguments: [
    ("recipe.yaml", "<h2>Configuration</h2>"), ("environment.json", "<h2>Environment</h2>"),
    ("metrics.jsonl", "<h2>Curves</h2>"), ("samples", "<h2>Samples</h2>"),
    ("checkpoints", "<h2>Checkpoints</h2>"),
  ])
  func missingPartIsLeftOut(part: String, section: String) throws {
    let run = try RunFixture()
    try run.remove(part)
    let html = try RunReport.html(for: RunLayout(run.url))
    #expect(!html.contains(section))
    #expect(!html.contains("class=\"damage\""))
    #expect(html.contains("<h1>shapes-demo</h1>"))
  }

  @Test(arguments: [
    ("recipe.yaml", "a: [1", "`recipe.yaml` is not readable as YAML."),
    ("environment.json", "{}", "`environment.json` is damaged"),
    ("metrics.jsonl", "{\"kind\":\n<i>\n", "a damaged line 1"),
    ("samples/98304.png", "no picture", "`samples/98304.png` is not a whole PNG."),
  ])
  func damagedPartIsNamed(file: String, content: String, message: String) throws {
    let run = try RunFixture()
    try run.write(content, to: file)
    let html = try RunReport.html(for: RunLayout(run.url))
    #expect(html.contains("class=\"damage\""))
    #expect(html.contains(message))
    #expect(!html.contains("<i>"))
  }

  @Test func tornPictureIsNamed() throws {
    let run = try RunFixture()
    try run.write(FakePNG.shapes(noise: 0, seed: 1).dropLast(20), to: "samples/98304.png")
    let html = try RunReport.html(for: RunLayout(run.url))
    #expect(html.contains("`samples/98304.png` is not a whole PNG."))
    #expect(html.contains("After 81.9 k images"))
  }

  @Test func writesTheFileAndNothingElse() throws {
    let run = try RunFixture()
    let before = try FileManager.default.contentsOfDirectory(atPath: run.url.path)
    let url = try RunReport.write(for: RunLayout(run.url))
    #expect(url.lastPathComponent == "report.html")
    #expect(try String(contentsOf: url, encoding: .utf8) == RunReport.html(for: RunLayout(run.url)))
    let after = try FileManager.default.contentsOfDirectory(atPath: run.url.path)
    #expect(Set(after).subtracting(before) == ["report.html"])
  }

  @Test func missingRunIsMissingInput() throws {
    let folder = try TemporaryFolder()
    let error = #expect(throws: PeregrineError.self) {
      try RunReport.write(for: RunLayout(folder.url.appendingPathComponent("nowhere")))
    }
    #expect(error?.code == .missingInput)
  }

  @Test func lossesAreDrawnApartAndExplained() throws {
    let recipe: [String: Any] = [
      "objective": ["time": "logit_normal"], "alignment": ["weight": 0.5],
      "contrastive": ["weight": 0.0], "routing": ["method": "tread"],
    ]
    let words = LossWords(recipe)
    #expect(
      words.training
        == "Of the weights in training, at logit-normal times, with dropped conditions and routes, "
        + "with the terms of alignment.")
    #expect(words.heldOut.contains("averaged weights, at uniform times"))
    let plain = LossWords([:]).training
    #expect(plain == "Of the weights in training, at uniform times, with dropped conditions.")
    // Each of the two charts has one curve only, so neither has a legend.
    let html = try Self.whole.get()
    for key in [">training</text>", ">validation</text>", ">held-out</text>"] {
      #expect(!html.contains(key), "\(key)")
    }
    #expect(html.contains(words.heldOut))
  }

  @Test func classesStandOverTheColumnsOfTheGrid() throws {
    let run = try RunFixture()
    func grid(_ classes: [String], columns: String) throws -> String {
      let picture = try Picture(width: 8, height: 8, color: (9, 9, 9))
      let notes = [
        "peregrine:columns": columns,
        "peregrine:class_names": String(decoding: try JSONEncoder().encode(classes), as: UTF8.self),
      ]
      try run.write(picture.pngData(text: notes), to: "samples/98304.png")
      return try RunReport.html(for: RunLayout(run.url))
    }
    let heads = "<span>disk</span><span>&lt;ring&gt;</span></div>"
    #expect(try grid(["disk", "<ring>", "disk", "<ring>"], columns: "2").contains(heads))
    let mixed = try grid(["a", "b", "c"], columns: "2")
    #expect(mixed.contains("Classes, row by row: a, b; c"))
    for columns in ["0", "-1", "9223372036854775807", "x"] {
      #expect(try !grid(["a", "b"], columns: columns).contains("class=\"heads\""))
    }
  }

  @Test func namesAreWordsAndScoresSayWhatIsBetter() throws {
    let html = try Self.whole.get()
    #expect(html.contains("KID<span class=\"direction\">lower is better</span>"))
    #expect(html.matches(of: />[a-z]+_[a-z_]+</).isEmpty)
    // On a phone, where rows are cards, every cell carries the title of its column.
    #expect(html.contains("<td class=\"number\" data-title=\"95 % interval\">4.12 to 4.52</td>"))
  }

  @Test func manyGridsAreSpreadOverTheRun() {
    #expect(RunContents.spread(Array(0...100), most: 5) == [0, 25, 50, 75, 100])
    #expect(RunContents.spread([1, 2], most: 5) == [1, 2])
    #expect(RunContents.spread([Int](), most: 5).isEmpty)
  }
}
