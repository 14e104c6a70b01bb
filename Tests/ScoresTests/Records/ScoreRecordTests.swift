import Diagnostics
import Foundation
import Scores
import TestSupport
import Testing

struct ScoreRecordTests {
  private func record(
    _ scores: [(name: ScoreName, value: Double, features: String)], run: String = "a"
  ) throws -> ScoreRecord {
    ScoreRecord(
      subject: ["run": run, "weights": "ema"],
      scores: try scores.map {
        try Score(
          $0.name, $0.value, error: 0.1, errorMeaning: "standard error",
          protocolRecord: ScoreProtocol(["features": $0.features]))
      }, made: ["machine": "test"])
  }

  @Test func recordsSurviveAFile() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appendingPathComponent("scores/fd.json")
    let written = try record([(.frechetDistance, 12.25, "a"), (.kernelDistance, -0.001, "a")])
    try written.write(to: url)
    #expect(try ScoreRecord(contentsOf: url) == written)
    let text = try String(contentsOf: url, encoding: .utf8)
    #expect(text.contains(#""format_version" : 1"#) && text.contains(#""error_meaning""#))
    #expect(text.contains(#""name" : "fd""#) && text.hasSuffix("}\n"))
  }

  @Test func otherFilesAreRefusedInWords() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appendingPathComponent("scores.json")
    let missing = #expect(throws: PeregrineError.self) { try ScoreRecord(contentsOf: url) }
    #expect(missing?.code == .missingInput)
    let score = #"{"name":"fd","value":"12","protocol":[]}"#
    for (text, found) in [
      ("", "no JSON object"), ("[1]", "no JSON object"), ("{}", "without `format_version`"),
      (#"{"format_version":2}"#, "`format_version` 2"),
      (#"{"format_version":1,"scores":[],"made":{}}"#, "no `subject`"),
      (#"{"format_version":1,"subject":{},"scores":[],"made":{},"x":1}"#, "unknown field `x`"),
      (
        #"{"format_version":1,"subject":{},"made":{},"scores":[\#(score)]}"#,
        "`scores.0.value`: another value"
      ),
      (
        #"{"format_version":1,"subject":{},"made":{},"scores":[{"name":"fd","value":1}]}"#,
        "`scores.0`: no `protocol`"
      ),
    ] {
      try Data(text.utf8).write(to: url)
      let error = #expect(throws: PeregrineError.self) { try ScoreRecord(contentsOf: url) }
      #expect(error?.code == .badData)
      #expect(error?.found.contains(found) == true, "\(error?.found ?? "none") for \(text)")
    }
  }

  @Test func comparisonsPairScoresByNameAndProtocol() throws {
    let first = try record([
      (.frechetDistance, 10, "inception"), (.frechetDistance, 200, "dino"), (.precision, 0.7, "a"),
    ])
    let second = try record(
      [(.recall, 0.5, "a"), (.frechetDistance, 190, "dino"), (.frechetDistance, 12, "inception")],
      run: "b")
    let comparison = try ScoreComparison(first, against: second)
    #expect(comparison.rows.map(\.difference.value) == [-2, 10])
    #expect(comparison.rows.map(\.baseline.value) == [12, 190])
    #expect(abs((comparison.rows[0].difference.error ?? 0) - 0.02.squareRoot()) < 1e-15)
    #expect(comparison.unpaired.map(\.name) == [.precision, .recall])
    // The baseline has one of the two distances: the other has no partner.
    let part = try record([(.frechetDistance, 190, "dino")])
    let partly = try ScoreComparison(first, against: part)
    #expect(partly.rows.map(\.score.value) == [200] && partly.unpaired.count == 2)
  }

  @Test func unlikeRecordsAreRefused() throws {
    let first = try record([(.frechetDistance, 10, "inception")])
    let unlike = try record([(.frechetDistance, 10, "dino")])
    let error = #expect(throws: PeregrineError.self) {
      try ScoreComparison(first, against: unlike)
    }
    #expect(error?.found.contains("inception against dino") == true)
    #expect(
      try ScoreComparison(first, against: unlike, varying: ["features"]).rows.count == 1)
    let other = try record([(.precision, 1, "a")])
    let nothing = #expect(throws: PeregrineError.self) {
      try ScoreComparison(first, against: other)
    }
    #expect(nothing?.found == "fd and precision")
  }
}
