import ArgumentParser
import Diagnostics
import Foundation
import Scores

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compares two files of scores; refuses scores of unlike protocols.",
    discussion: """
      The difference is the second minus the first. Where the protocols differ,
      the field is named. A field that is meant to differ, because it is what
      is compared, is allowed with --varying.

      Examples:
        peregrine compare runs/a/scores/…/NAME.json runs/b/scores/…/NAME.json
        peregrine compare euler.json heun.json --varying solver,steps
      """)

  @Argument(help: "A file that evaluate wrote.")
  var first: String

  @Argument(help: "Another one.")
  var second: String

  @Option(
    help: ArgumentHelp("Protocol fields that may differ, separated by commas.", valueName: "fields")
  )
  var varying = ""

  @Flag(help: "Print the comparison as JSON.")
  var json = false

  func run() throws {
    let comparison = try ScoreComparison(
      ScoreRecord(contentsOf: URL(fileURLWithPath: second)),
      against: ScoreRecord(contentsOf: URL(fileURLWithPath: first)),
      varying: Set(varying.split(separator: ",").map(String.init)))
    if json {
      return try Terminal.say(
        json: Dictionary(
          comparison.rows.map { ($0.score.name.rawValue, $0.difference) }, uniquingKeysWith: { $1 })
      )
    }
    for line in ScoreTable.lines(comparison) { Terminal.say(line) }
  }
}
