import ArgumentParser
import Diagnostics
import Foundation
import Reports
import RunFiles
import Runs

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Writes the page of one or more runs: report.html in each run's folder.",
    discussion: """
      Examples:
        peregrine report runs/demo
        peregrine report runs/*
      """)

  @Argument(help: "Folders of training runs.")
  var runs: [String]

  func run() throws {
    for path in runs {
      let folder = RunLayout(URL(fileURLWithPath: path))
      guard folder.hasRun else {
        throw PeregrineError(
          .missingInput, doing: "reporting on `\(path)`", found: "no training run in that folder",
          advice: "Name the folder given to `train --out`.")
      }
      try RunReport.write(for: folder, extra: folder.facts())
      Terminal.say(folder.report.path)
    }
  }
}
