import ArgumentParser
import Bench
import Diagnostics
import FileAccess
import Foundation
import Telemetry
import Tensors

/// What is timed, for how long, and where the record is written.
struct BenchOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What to time: "
        + BenchPreset.all.map { "\($0.name) (\($0.summary))" }.joined(separator: "; ") + ".",
      valueName: "name"))
  var preset = "s2"

  @OptionGroup var settings: RecipeSettings

  @Option(help: "Rounds; in each all contenders have two turns.")
  var rounds = 6

  @Option(help: ArgumentHelp("How long a turn lasts at least.", valueName: "s"))
  var seconds = 2.0

  @Option(help: "Threads of each contender. Default: as many as cores.")
  var threads: Int?

  @Option(help: ArgumentHelp("Where to write everything that was measured.", valueName: "file"))
  var json: String?

  func validate() throws {
    guard rounds > 0, seconds > 0, threads ?? 1 > 0 else {
      throw ValidationError("--rounds, --seconds and --threads must be above 0.")
    }
  }

  /// The settings of rounds and turns.
  var interleaving: InterleavedRun {
    var run = InterleavedRun()
    (run.rounds, run.turnSeconds) = (rounds, seconds)
    return run
  }

  /// The record of the machine and software.
  var environment: EnvironmentRecord {
    EnvironmentRecord.capture(
      libraries: Runtime.versions, device: "cpu",
      threads: threads ?? Runtime.threadCount, packageRoot: Installation.root)
  }

  /// Checks this before measuring, which takes minutes.
  func checkRecordCanBeWritten() throws {
    guard let json else { return }
    let folder = URL(fileURLWithPath: json).deletingLastPathComponent().path
    guard FileManager.default.isWritableFile(atPath: folder) else {
      throw PeregrineError(
        .io, doing: "preparing to write `\(json)`", found: "no writable folder `\(folder)`",
        advice: "Choose another place with `--json`.")
    }
  }

  /// Writes a record to the path given with `--json`.
  func write(_ record: some Encodable) throws {
    guard let json else { return }
    try AtomicFile.write(Terminal.data(json: record), to: URL(fileURLWithPath: json))
  }
}
