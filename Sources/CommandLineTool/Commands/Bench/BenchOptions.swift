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

  private static let roundBounds = Bounds(1...10_000)
  private static let secondBounds = Bounds(0...3_600.0).above

  @Option(help: "Rounds, \(Self.roundBounds.words); in each all contenders have two turns.")
  var rounds = 6

  @Option(
    help: ArgumentHelp(
      "How long a turn lasts at least, \(Self.secondBounds.words).", valueName: "s"))
  var seconds = 2.0

  @Option(help: "Threads of each contender, at most as many as cores. Default: as many as cores.")
  var threads: Int?

  /// The threads of each contender.
  var threadCount: Int {
    min(threads ?? Runtime.threadCount, ProcessInfo.processInfo.activeProcessorCount)
  }

  @Option(help: ArgumentHelp("Where to write everything that was measured.", valueName: "file"))
  var json: String?

  func validate() throws {
    try Self.roundBounds.require(rounds, of: "--rounds")
    try Self.secondBounds.require(seconds, of: "--seconds")
    try Bounds.threads.require(threads, of: "--threads")
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
      threads: threadCount, packageRoot: Installation.root)
  }

  /// Checks this before measuring, which takes minutes.
  func checkRecordCanBeWritten() throws {
    guard let json else { return }
    let folder = URL(fileURLWithPath: json).deletingLastPathComponent().path
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder),
      isFolder.boolValue, FileManager.default.isWritableFile(atPath: folder)
    else {
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
