import Foundation
import TestSupport
import Testing

@testable import Recipes
@testable import RunFiles
@testable import Training

@Suite struct FittedLengthTests {
  private func fitted(_ settings: [String], then later: [String] = []) throws -> Recipe {
    try RecipeLayers(assignments: settings + ["training.images=0"] + later)
      .fittedToData().resolved()
  }

  @Test(arguments: [
    (60, 20_000, 6), (489, 48_900, 48), (50_000, 80_000, 256),
  ])
  func theLengthFollowsTheNumberOfPictures(count: Int, images: Int, heldOut: Int) throws {
    let recipe = try fitted(["data.path=shapes:\(count)"])
    #expect(recipe.training.images == images)
    #expect(recipe.heldOut(of: count) == heldOut)
    #expect(recipe.optimizer.warmupImages == images / 20)
    #expect(recipe.optimizer.cooldownImages == images / 2)
    #expect(recipe.schedule.previewEveryImages == images / 5)
  }

  @Test func whatIsSetIsKept() throws {
    let recipe = try fitted([
      "data.path=shapes:60", "data.validation_count=0", "optimizer.warmup_images=0",
    ])
    #expect(recipe.data.validationCount == 0 && recipe.optimizer.warmupImages == 0)
    // A shorter run of a fitted recipe has a shorter warm-up as well.
    let shorter = try fitted(["data.path=shapes:60"], then: ["training.images=4000"])
    #expect(shorter.training.images == 4_000 && shorter.optimizer.warmupImages == 200)
    let layers = try RecipeLayers(assignments: ["training.images=7"])
    #expect(try layers.fittedToData().entries == layers.entries)
  }

  @Test func aRunRecordsItsLengthAndKeepsItWhenItGoesOn() throws {
    var tiny = try TinyRun(["training.images=0", "data.path=shapes:100"])
    #expect(try tiny.train("run", stoppingAfter: 2) == .interrupted)
    let recorded = try RecipeLayers(file: tiny.run("run").recipe)
    #expect(recorded.entries["training.images"]?.value == "20000")
    #expect(
      try String(contentsOf: tiny.run("run").recipe, encoding: .utf8).contains("100 pictures"))
    #expect(try tiny.train("run", stoppingAfter: 1) == .interrupted)
    try tiny.layers.apply(assignment: "training.images=16")
    #expect(try tiny.train("run") == .finished)
  }
}
