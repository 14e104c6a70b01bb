import ArgumentParser
import Diagnostics
import FileAccess
import Foundation
import Race

struct RaceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "race",
    abstract: "Audits a claim that one way of training is cheaper than another.",
    discussion: """
      A claim is a file of claims/, or one of your own. Its race is planned and
      frozen, run, judged and shown. Judging ends with one of a closed list of
      verdicts and the status 0 (supported), 10 (not supported), 11 (undecided)
      or 12 (refused: no number can be given).

      Examples:
        peregrine race list
        peregrine race judge tread-37x
        peregrine race plan null --out races/null
        peregrine race run races/null
        peregrine race judge races/null
        peregrine race report races/null
      """,
    subcommands: [
      RaceList.self, RacePlanCommand.self, RaceRunCommand.self, RaceJudgeCommand.self,
      RaceReportCommand.self,
    ])
}

struct RaceList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Lists the claims that come with Peregrine.")

  func run() throws {
    for (name, file) in try Installation.claims() {
      let claim = try Claim(file: file)
      let mark = claim.race == nil ? "" : " [race]"
      Terminal.say(
        name.padding(toLength: 18, withPad: " ", startingAt: 0) + claim.statement + mark)
    }
    Terminal.say("\n[race]: can be planned and run; the others are judged by published figures.")
  }
}

/// A claim with the text of its file.
struct ClaimText {
  let text: String
  let claim: Claim

  /// Reads a claim given by path or by name.
  init(_ nameOrPath: String) throws {
    let file = try Installation.claim(nameOrPath)
    claim = try Claim(file: file)
    text = try String(contentsOf: file, encoding: .utf8)
  }

  /// The SHA-256 of the file.
  var sha256: String { FileAccess.sha256(of: Data(text.utf8)) }
}
