import Diagnostics
import FileAccess
import Foundation
import TestSupport
import Testing

@testable import RunFiles

@Suite struct RunLayoutTests {
  private let run = RunLayout(URL(fileURLWithPath: "runs/first/"))

  /// Folders of other days and other programs rely on these names.
  @Test func theNamesStayAsTheyAre() {
    let places = [
      run.recipe, run.environment, run.data, run.metrics, run.checkpoints, run.averages,
      run.samples, run.scores, run.pictures, run.report, run.lockFile, run.speed, run.failure,
      run.raceScores("0a1b"), run.grid(atImages: 640), run.average(ofLength: 0.05, atImages: 640),
      RunLayout.pictures(ofSampleSet: run.sampleSet(atImages: 640, key: "0a1b2c3d")),
      run.recordHashes, run.formerMetrics(untilImages: 640),
    ]
    #expect(
      places.map(run.path) == [
        "recipe.yaml", "environment.json", "data.json", "metrics.jsonl", "checkpoints", "averages",
        "samples", "scores", "pictures.png", "report.html", ".lock", "race-speed.json",
        "failed.json", "race-scores-0a1b.json", "samples/0000000640.png",
        "averages/0000000640/0.05.safetensors", "scores/0000000640-0a1b2c3d/pictures",
        "records.json", "metrics-until-0000000640.jsonl",
      ])
    #expect(run.name == "first")
    #expect(Checkpoint.marker == "DONE")
    #expect(
      Set(Checkpoint.Part.allCases.map(\.rawValue)) == [
        "model.safetensors", "ema.safetensors", "state/optimizer.safetensors",
        "state/progress.json", "state/averages.safetensors",
      ])
  }

  @Test func oneAtATimeHoldsTheLock() throws {
    let folder = try TemporaryFolder()
    let run = RunLayout(folder.url.appendingPathComponent("run"))
    var first: FolderLock? = try run.lock()
    let error = #expect(throws: PeregrineError.self) { try run.lock() }
    #expect(error?.code == .busy)
    withExtendedLifetime(first) {}
    // As a child process that is being started would, it holds a copy of the descriptor.
    let copy = try #require(
      (0..<1_024).first { descriptor in
        let place = "/proc/self/fd/\(descriptor)"
        return (try? FileManager.default.destinationOfSymbolicLink(atPath: place))
          == run.lockFile.path
      }.map { dup(Int32($0)) })
    defer { close(copy) }
    first = nil
    _ = try run.lock()
  }

  @Test func aLockThatCannotBeMadeHasItsOwnReason() throws {
    let folder = try TemporaryFolder()
    let run = RunLayout(folder.url)
    try FileManager.default.createDirectory(at: run.lockFile, withIntermediateDirectories: false)
    let error = #expect(throws: PeregrineError.self) { try run.lock() }
    #expect(error?.code == .io)
    #expect(error?.found.contains("Is a directory") == true)
  }

  @Test func onlyFilesOfARunBelongToIt() {
    let run = RunLayout(URL(fileURLWithPath: "run"))
    for name in ["metrics.jsonl", "train.log", "events.out.tfevents.1.host.2.3"] {
      #expect(run.isOurs(name), "\(name)")
    }
    #expect(!run.isOurs("cats"))
  }

  @Test func changedRecordsAreNamed() throws {
    let folder = try TemporaryFolder()
    let run = RunLayout(folder.url)
    try run.writeRecords {
      try Data("a: 1\n".utf8).write(to: run.recipe)
      try Data("{}".utf8).write(to: run.data)
    }
    try run.checkRecords()
    try Data("a: 2\n".utf8).write(to: run.recipe)
    let error = #expect(throws: PeregrineError.self) { try run.checkRecords() }
    #expect(error?.doing.contains("recipe.yaml") == true)
    #expect(error?.advice.contains("records.json") == true)
    try FileManager.default.removeItem(at: run.recordHashes)
    try run.checkRecords()
  }

  /// Names are read back as the same number, also above 2^31, and other names are none.
  @Test(arguments: [0, 51_200, 3_000_000_000, 1_000_000_000_000])
  func namesByImages(images: Int) {
    #expect(RunLayout.images(ofName: RunLayout.name(ofImages: images)) == images)
  }

  @Test(arguments: ["-1", "9223372036854775807", "99999999999999999999", ".partial-0000000001"])
  func otherNames(name: String) {
    #expect(RunLayout.images(ofName: name) == nil)
  }
}
