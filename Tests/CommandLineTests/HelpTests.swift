import Foundation
import TestSupport
import Testing

/// The whole help screens. `PEREGRINE_RECORD=1 ./peregrine test HelpTests` writes them anew.
@Suite struct HelpTests {
  @Test(arguments: [
    [], ["demo"], ["train"], ["sample"], ["encode"], ["recipes"], ["recipes", "list"],
    ["recipes", "show"], ["recipes", "copy"], ["recipes", "keys"], ["data"], ["data", "inspect"],
    ["data", "export"],
    ["evaluate"], ["compare"], ["ema-sweep"], ["report"], ["inspect"], ["doctor"],
    ["bench"], ["bench", "train"], ["bench", "sample"], ["bench", "kernels"],
    ["race"], ["race", "list"], ["race", "judge"], ["race", "plan"], ["race", "run"],
    ["race", "report"],
  ])
  func theHelpIsAsRecorded(_ command: [String]) throws {
    let result = try Tool.run(command + ["--help"])
    #expect(result.status == 0)
    try expectSnapshot(result.output, named: (["help"] + command).joined(separator: "-"))
  }

  @Test func theKeysAreAsRecorded() throws {
    try expectSnapshot(Tool.run(["recipes", "keys"]).output, named: "recipe-keys")
  }

  @Test(arguments: [
    ["train"], ["sample"], ["encode"], ["evaluate"], ["compare"], ["ema-sweep"], ["report"],
    ["inspect"],
    ["demo"], ["data"], ["bench"], ["race"],
  ])
  func theHelpHasExamples(_ command: [String]) throws {
    let lines = try Tool.run(command + ["--help"]).output.split(separator: "\n")
    #expect(lines.count { $0.contains("  peregrine \(command[0])") } >= 2)
  }
}

/// Compares text with a checked-in file.
func expectSnapshot(
  _ text: String, named name: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let url = SharedFolder.packageRoot
    .appendingPathComponent("Tests/CommandLineTests/Snapshots/\(name).txt")
  if ProcessInfo.processInfo.environment["PEREGRINE_RECORD"] == "1" {
    try Data(text.utf8).write(to: url)
  }
  let recorded = (try? String(contentsOf: url, encoding: .utf8)) ?? ""
  #expect(
    text == recorded, "\(url.lastPathComponent) is out of date", sourceLocation: sourceLocation)
}
