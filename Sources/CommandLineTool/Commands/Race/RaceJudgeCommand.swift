import ArgumentParser
import Diagnostics
import FileAccess
import Foundation
import Race
import Reports

struct RaceJudgeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "judge",
    abstract: "Judges finished runs, or a claim by its published figures.",
    discussion: """
      Of a race's folder it writes race.json, race.md and runs.csv. Published
      figures are single runs that nobody repeated here, so such a verdict is
      never "supported".
      """)

  @Argument(help: "The folder of a race; a claim's file, or the name of one that comes along.")
  var subject: String

  func run() throws {
    let folder = RaceFolder(URL(fileURLWithPath: subject))
    if folder.hasPlan { return try judge(folder) }
    let claim = try ClaimText(subject).claim
    let audit = try PublishedAudit(claim)
    for line in audit.lines(claim) { Terminal.say(line) }
    throw ExitCode(audit.verdict.standing.rawValue)
  }

  private func judge(_ folder: RaceFolder) throws {
    let record = try RaceJudgement.record(of: folder)
    try folder.write(record)
    Terminal.say(record.markdown())
    throw ExitCode(record.verdict.standing.rawValue)
  }
}

struct RaceReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Judges a race and writes its page: report.html.")

  @Argument(help: "The folder of a race.")
  var folder: String

  func run() throws {
    let folder = RaceFolder(URL(fileURLWithPath: folder))
    let record = try RaceJudgement.record(of: folder)
    try folder.write(record)
    try AtomicFile.write(Data(RaceReport.page(record).utf8), to: folder.report)
    Terminal.say(folder.report.path)
  }
}

/// Judges the runs of a folder, with the current version of the claim's file.
private enum RaceJudgement {
  static func record(of folder: RaceFolder) throws -> RaceRecord {
    let plan = try folder.readPlan()
    let frozen = try ClaimText(folder.claim.path)
    // An included claim may have changed since the race was planned, and so may the copy next to
    // the plan.
    let today = try? ClaimText(plan.claim)
    return try RaceJudge(
      ObservedRace(plan, in: folder), claim: frozen.claim,
      claimSha256: frozen.sha256 == plan.claimSha256
        ? today?.sha256 ?? frozen.sha256 : frozen.sha256
    ).judge()
  }
}
