import Foundation
import RunFiles
import TestSupport
import Testing

/// Output that nobody takes: full disks, closed pipes and closed streams.
@Suite struct OutputTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test(arguments: [
    "recipes keys", "recipes list", "--help", "train --help", "race list", "doctor",
    "data inspect shapes:9 --json",
  ])
  func resultsThatCannotBeWrittenEndWithStatus74(command: String) throws {
    let result = try Tool.shell("\"$TOOL\" \(command) > /dev/full", in: folder.url)
    #expect(result.status == 74, "\(result.errors)")
    #expect(result.errors.contains("writing the results"), "\(result.errors)")
    #expect(!result.errors.contains("Fatal error"), "\(result.errors)")
  }

  @Test func aClosedOutputIsNoPlaceForResults() throws {
    let result = try Tool.shell("\"$TOOL\" recipes list >&-", in: folder.url)
    #expect(result.status == 74, "\(result.errors)")
  }

  @Test(arguments: ["| true", "| head -1 > /dev/null"])
  func aClosedPipeEndsQuietly(reader: String) throws {
    let result = try Tool.shell(
      "set -o pipefail; \"$TOOL\" recipes keys \(reader)", in: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    #expect(!result.errors.contains("peregrine:"), "\(result.errors)")
  }

  /// A full disk, a terminal that was closed, and a pipe whose reader left.
  @Test(arguments: ["2> /dev/full", "2>&-", "2>&1 > /dev/null | true"])
  func trainingGoesOnWithoutItsTerminal(redirection: String) throws {
    let command = (tinyTraining + ["--out", "run"]).joined(separator: " ")
    let result = try Tool.shell(
      "set -o pipefail; \"$TOOL\" \(command) \(redirection)", in: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    let run = RunLayout(folder.url.appendingPathComponent("run"))
    #expect(try run.checkpoint().images == 80)
    #expect(FileManager.default.fileExists(atPath: run.report.path))
  }
}
