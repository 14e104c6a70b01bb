import ArgumentParser
import Diagnostics
import Foundation
import Race

struct RaceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "race",
    abstract: "Audits a claim that one way of training is cheaper than another.",
    discussion: """
      A claim is a file of claims/, or one of your own. Judging ends with one of
      a closed list of verdicts and the status 0 (supported), 10 (not
      supported), 11 (undecided) or 12 (refused: no number can be given).

      Examples:
        peregrine race list
        peregrine race judge tread-37x
      """,
    subcommands: [RaceList.self, RaceJudge.self])
}

struct RaceList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Lists the claims that come with Peregrine.")

  func run() throws {
    for (name, file) in try Installation.claims() {
      let claim = try Claim(file: file)
      Terminal.say(name.padding(toLength: 18, withPad: " ", startingAt: 0) + claim.statement)
    }
  }
}

struct RaceJudge: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "judge",
    abstract: "Judges a claim by its published figures, which are never more than a hint.",
    discussion: """
      Published figures are single runs that nobody repeated here, so such a
      verdict is never "supported".
      """)

  @Argument(help: "A claim's file, or the name of one that comes along.")
  var claim: String

  func run() throws {
    let claim = try Claim(file: Installation.claim(claim))
    let audit = try PublishedAudit(claim)
    for line in audit.lines(claim) { Terminal.say(line) }
    throw ExitCode(audit.verdict.standing.rawValue)
  }
}
