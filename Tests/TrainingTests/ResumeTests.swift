import Diagnostics
import Foundation
import TestSupport
import Testing

@testable import Recipes
@testable import RunFiles
@testable import Training

@Suite struct ResumeTests {
  @Test(arguments: ["float32", "bfloat16"], [0, 2])
  func twentyStepsAreSevenAndThirteen(_ precision: String, microBatch: Int) throws {
    let tiny = try TinyRun([
      "training.precision=\(precision)", "training.micro_batch_size=\(microBatch)",
    ])
    #expect(try tiny.train("whole") == .finished)
    #expect(try tiny.train("parts", stoppingAfter: 7) == .interrupted)
    #expect(try tiny.run("parts").checkpoint().images == 28)
    #expect(try tiny.train("parts") == .finished)
    #expect(try tiny.tensors("whole") == tiny.tensors("parts"))
    #expect(try tiny.records("whole") == tiny.records("parts"))
  }

  @Test func aSecondInterruptionChangesNothingEither() throws {
    let tiny = try TinyRun()
    try tiny.train("whole")
    for _ in 0..<4 { try tiny.train("parts", stoppingAfter: 5) }
    #expect(try tiny.train("parts") == .finished)
    #expect(try tiny.tensors("whole") == tiny.tensors("parts"))
    #expect(try tiny.records("whole") == tiny.records("parts"))
  }

  @Test func moreWorkersAndOtherCheckpointsChangeNothing() throws {
    let tiny = try TinyRun()
    try tiny.train("one")
    var other = tiny
    try other.layers.apply(assignment: "data.workers=3")
    try other.layers.apply(assignment: "schedule.checkpoint_every_images=8")
    try other.train("three")
    #expect(try tiny.tensors("one") == tiny.tensors("three"))
  }

  @Test func anotherSeedChangesTheWeights() throws {
    let tiny = try TinyRun()
    try tiny.train("one")
    var other = tiny
    try other.layers.apply(assignment: "training.seed=1")
    try other.train("two")
    #expect(try tiny.tensors("one") != tiny.tensors("two"))
  }

  @Test func aCheckpointThatWasCutOffIsPassedOver() throws {
    let tiny = try TinyRun(["schedule.checkpoint_every_images=20"])
    try tiny.train("whole")
    try tiny.train("cut", stoppingAfter: 11)
    let newest = try tiny.run("cut").checkpoint()
    #expect(newest.images == 44)
    let handle = try FileHandle(forWritingTo: newest.model)
    try handle.truncate(atOffset: 1_000)
    try handle.close()
    #expect(try tiny.run("cut").checkpoint().images == 40)
    try tiny.train("cut")
    #expect(try tiny.tensors("whole") == tiny.tensors("cut"))
    #expect(try tiny.records("whole") == tiny.records("cut"))
  }

  @Test func aHalfWrittenCheckpointIsNoCheckpoint() throws {
    let tiny = try TinyRun()
    try tiny.train("run", stoppingAfter: 3)
    let run = tiny.run("run")
    let checkpoint = try run.checkpoint()
    let partial = run.checkpoints.appendingPathComponent(".partial-0000000099")
    try FileManager.default.copyItem(at: checkpoint.url, to: partial)
    let unmarked = run.checkpoints.appendingPathComponent("0000000098")
    try FileManager.default.copyItem(at: checkpoint.url, to: unmarked)
    try FileManager.default.removeItem(at: unmarked.appendingPathComponent(Checkpoint.marker))
    #expect(run.finishedCheckpoints().map(\.images) == [12])
  }

  @Test func oldCheckpointsGoAndMilestonesStay() throws {
    let tiny = try TinyRun([
      "schedule.checkpoint_every_images=8", "schedule.keep_checkpoints=2",
      "schedule.keep_every_images=32",
    ])
    try tiny.train("run")
    #expect(tiny.run("run").finishedCheckpoints().map(\.images) == [32, 64, 72, 80])
  }

  @Test func anotherRecipeIsRefusedWithTheDifference() throws {
    let tiny = try TinyRun()
    try tiny.train("run", stoppingAfter: 2)
    var other = tiny
    try other.layers.apply(assignment: "optimizer.learning_rate=3e-3")
    let error = #expect(throws: PeregrineError.self) { try other.train("run") }
    #expect(error?.code == .usage)
    #expect(error?.found.contains("optimizer.learning_rate: 1e-3 -> 3e-3") == true)
  }

  @Test func moreImagesGoOn() throws {
    let tiny = try TinyRun(["training.images=40"])
    try tiny.train("run")
    var longer = tiny
    try longer.layers.apply(assignment: "training.images=80")
    #expect(try longer.train("run") == .finished)
    #expect(try longer.run("run").checkpoint().images == 80)
  }

  @Test func changedDataIsRefused() throws {
    let tiny = try TinyRun(["data.validation_count=2"])
    let source = tiny.folder.url.appendingPathComponent("pictures")
    try PictureTree.write(to: source, perClass: 6)
    var run = tiny
    try run.layers.apply(assignment: "data.path=\(source.path)")
    try run.layers.apply(assignment: "data.size=32")
    try run.train("run", stoppingAfter: 2)
    try FileManager.default.removeItem(at: source.appendingPathComponent("b/003.png"))
    let error = #expect(throws: PeregrineError.self) { try run.train("run") }
    #expect(error?.code == .badData)
    #expect(error?.advice.contains("Restore the data") == true)
  }

  @Test func twoProcessesCannotTrainInOneFolder() throws {
    let tiny = try TinyRun()
    let first = try Trainer(tiny.layers, run: tiny.run("run")) { _ in }
    let error = #expect(throws: PeregrineError.self) {
      _ = try Trainer(tiny.layers, run: tiny.run("run")) { _ in }
    }
    #expect(error?.found == "process \(getpid()), which is writing there")
    withExtendedLifetime(first) {}
  }

  /// What the run so far was computed with is in its record; without it, that is said.
  @Test func aMissingRecordOfTheEnvironmentIsSaid() throws {
    let tiny = try TinyRun()
    func warnings() throws -> [String] {
      var found: [String] = []
      _ = try Trainer(tiny.layers, run: tiny.run("run")) { event in
        if case .warned(let warning) = event { found.append(warning.found) }
      }.train { true }
      return found
    }
    #expect(try warnings().isEmpty)
    #expect(try warnings().isEmpty)
    for damage in [Data("{".utf8), nil] {
      try FileManager.default.removeItem(at: tiny.run("run").environment)
      try damage?.write(to: tiny.run("run").environment)
      #expect(try warnings().contains { $0.contains("`environment.json` is missing or damaged") })
    }
  }

  @Test func aMissingLogIsBegunAgain() throws {
    let tiny = try TinyRun()
    try tiny.train("run", stoppingAfter: 3)
    try FileManager.default.removeItem(at: tiny.run("run").metrics)
    var warning: PeregrineError?
    _ = try Trainer(tiny.layers, run: tiny.run("run")) { event in
      if case .warned(let said) = event { warning = warning ?? said }
    }.train { true }
    #expect(warning?.found == "no log" && warning?.advice == "A new log is begun.")
  }
}
