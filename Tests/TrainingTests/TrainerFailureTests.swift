import Diagnostics
import Foundation
import TestSupport
import Testing

@testable import Recipes
@testable import RunFiles
@testable import Training

@Suite struct TrainerFailureTests {
  @Test func aDivergedLossNamesStepTermAndLastGoodCheckpoint() throws {
    let tiny = try TinyRun([
      "optimizer.learning_rate=1e30", "optimizer.gradient_clip=0",
      "schedule.checkpoint_every_images=4", "schedule.log_every_images=4",
    ])
    let error = #expect(throws: PeregrineError.self) { try tiny.train("run") }
    #expect(error?.code == .nonFinite)
    #expect(error?.doing.contains("step ") == true)
    #expect(error?.found.contains("flow_matching") == true)
    #expect(error?.advice.contains("last good checkpoint is") == true)
    let checkpoint = try tiny.run("run").checkpoint()
    #expect(error?.advice.contains(checkpoint.url.path) == true)
  }

  @Test func aTruncatedPictureInTheMiddleIsNamedAndTheRunCanGoOn() throws {
    let tiny = try TinyRun([
      "data.validation_count=2", "data.size=32",
    ])
    let source = tiny.folder.url.appendingPathComponent("pictures")
    try PictureTree.write(to: source, perClass: 20)
    var run = tiny
    try run.layers.apply(assignment: "data.path=\(source.path)")
    let victim = source.appendingPathComponent("b/007.png")
    let whole = try Data(contentsOf: victim)
    let error = #expect(throws: PeregrineError.self) {
      let trainer = try Trainer(run.layers, run: run.run("run")) { _ in }
      // Cut after the run has started, as a failing disk would.
      try whole.prefix(whole.count / 2).write(to: victim)
      _ = try trainer.train()
    }
    #expect(error.map { "\($0)" }?.contains("b/007.png") == true)
    #expect(error?.code == .badData)
    // Nothing is lost: the steps before it were saved, and the mended file lets the run go on.
    let saved = try run.run("run").checkpoint().images
    #expect(saved > 0 && saved < 40)
    try whole.write(to: victim)
    #expect(try run.train("run") == .finished)
  }

  @Test func holdingOutEverythingIsRefused() throws {
    let tiny = try TinyRun(["data.validation_count=200"])
    let error = #expect(throws: PeregrineError.self) { try tiny.train("run") }
    #expect(error?.advice.contains("data.validation_count") == true)
  }

  @Test func aPatchThatDoesNotFitIsExplained() throws {
    let tiny = try TinyRun(["model.preset=SiT-Ti/5"])
    let error = #expect(throws: PeregrineError.self) { try tiny.train("run") }
    #expect(error?.description.contains("side 32, patch 5") == true)
  }
}
