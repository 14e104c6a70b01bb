import ArgumentParser
import Diagnostics
import FileAccess
import Foundation
import Race
import RaceExecution
import Telemetry
import Tensors

struct RacePlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Resolves a claim's race, times its steps, and freezes the plan.",
    discussion: """
      Says what will run, what it costs, and which speed-ups its seeds can find.
      Step times are measured here and now: leave the machine alone meanwhile.
      A plan that is there is shown again and never changed.

      Example:
        peregrine race plan null --out races/null --set data.path=CACHE
      """)

  @Argument(help: "A claim's file, or the name of one that comes along.")
  var claim: String

  @Option(
    help: ArgumentHelp(
      "The race's folder. Default: races/ and the claim's name.", valueName: "folder"))
  var out: String?

  @Option(
    help: ArgumentHelp(
      "Where the runs go, which several races may share. Default: the race's folder.",
      valueName: "folder"))
  var runs: String?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Set a value of both recipes that depends on the machine, such as data.path; may be repeated.",
      valueName: "section.key=value"))
  var assignments: [String] = []

  @Option(
    name: .customLong("run"),
    help: ArgumentHelp("The training run that draws, in a race of samplers.", valueName: "folder"))
  var drawingRun: String?

  func run() throws {
    let source = try ClaimText(claim)
    let folder = RaceFolder(URL(fileURLWithPath: out ?? "races/\(source.claim.name)"))
    if folder.hasPlan {
      let plan = try folder.readPlan()
      guard plan.claimSha256 == source.sha256 else {
        throw PeregrineError(
          .usage, doing: "planning the race `\(folder.url.path)`",
          found: "the plan of another claim, or of this one before it changed",
          expected: "a folder without a plan, or the same claim",
          advice: "Choose another `--out`; a frozen plan is never changed.")
      }
      return try show(plan, folder)
    }
    // Before minutes of measuring. If they end in a refusal, nothing is left.
    try requireWritable(folder.url)
    if let runs { try requireWritable(URL(fileURLWithPath: runs)) }
    rmdir(folder.url.path)
    let plan = try measure(source)
    try makeFolder(folder.url)
    try linkRuns(folder)
    try folder.write(plan, claim: source.text)
    try show(plan, folder)
  }

  private func measure(_ source: ClaimText) throws -> RacePlan {
    var claim = source.claim
    claim.race?.settings += assignments
    if let drawingRun { claim.race?.sampling?.run = drawingRun }
    let scratch = FileManager.default.temporaryDirectory
      .appendingPathComponent("peregrine-race-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: scratch) }
    Heartbeat.begin("planning")
    let planner = try RacePlanner(claim, text: source.text, recipe: Installation.recipe)
    let environment = EnvironmentRecord.capture(
      libraries: Runtime.versions, device: "cpu", threads: Runtime.threadCount,
      packageRoot: Installation.root)
    return try planner.plan(
      tool: URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath(), scratch: scratch,
      environment: environment
    ) { Terminal.announce(BenchTable.line($0)) }
  }

  /// Creates a link to shared runs, so that later commands find them.
  private func linkRuns(_ folder: RaceFolder) throws {
    guard let runs else { return }
    let target = URL(fileURLWithPath: runs).standardizedFileURL.path
    let existing = try? FileManager.default.destinationOfSymbolicLink(atPath: folder.runs.path)
    if existing == target { return }
    do {
      try FileManager.default.createSymbolicLink(
        atPath: folder.runs.path, withDestinationPath: target)
    } catch {
      throw PeregrineError(
        .io, doing: "linking `\(folder.runs.path)` to `\(runs)`", found: "a refusal of the system",
        advice: "Is there a folder `runs` already?", cause: error)
    }
  }

  private func show(_ plan: RacePlan, _ folder: RaceFolder) throws {
    for line in try plan.lines(ObservedRace(plan, in: folder)) { Terminal.say(line) }
    Terminal.say("next: peregrine race run \(ShellCommand.quoted(path: folder.url.relativePath))")
  }
}
