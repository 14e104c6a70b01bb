import ArgumentParser
import Diagnostics
import Foundation
import Race
import RaceExecution

struct RaceRunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Carries out a plan; the same command goes on where it stopped.",
    discussion: """
      Trials of the tuning come first, then the runs, one after another. Started
      on several machines over a shared folder, each takes runs that no other is
      at. A run that diverges stays in the table. Ctrl-C leaves a checkpoint.

      Example:
        peregrine race run races/null
      """)

  @Argument(help: "The folder of a planned race.")
  var folder: String

  @OptionGroup var engine: EngineOptions

  func run() throws {
    try engine.apply()
    let folder = RaceFolder(URL(fileURLWithPath: folder))
    let plan = try folder.readPlan()
    Heartbeat.begin("reading the plan and the runs")
    let runner = try RaceRunner(plan, in: folder, recipe: Installation.recipe)
    let interruption = Interruption()
    let outcome = try runner.run(
      train: { layers, run in try TrainingRun(layers, run: run).train() },
      shouldStop: { interruption.isRequested }
    ) { event in
      if case .warned(let damage) = event { Terminal.complain("warning: \(damage)") }
      if let line = Self.line(event) { Terminal.announce(line) }
    }
    switch outcome {
    case .finished:
      Terminal.say("next: peregrine race judge \(ShellCommand.quoted(path: self.folder))")
    case .interrupted: throw ExitCode(75)
    case .elsewhere(let count):
      let runs =
        count == 1 ? "1 run is in another process's" : "\(count) runs are in other processes'"
      Terminal.say("\(runs) hands; the same command looks again")
    }
  }

  /// The line about work that begins or ended.
  private static func line(_ event: RaceRunner.Event) -> String? {
    func title(_ run: PlannedRun) -> String {
      "\(run.arm), budget \(run.budget), seed \(run.seed)"
        + (run.value.map { ", trial of \($0)" } ?? "")
    }
    return switch event {
    case .running(let run, _, let index, let count): "[\(index + 1)/\(count)] \(title(run))"
    case .failed(let run, let reason): "\(title(run)) failed: \(reason)"
    case .busy(let run): "\(title(run)) is in another process's hands"
    case .scoring(let run, let guidance, let seed):
      "scoring \(title(run)): guidance \(Readable.number(guidance)), noise \(seed)"
    case .warned: nil
    }
  }
}
