import Bench
import Diagnostics
import Evaluation
import Foundation
import Recipes
import RunFiles
import Runs
import TestSupport
import Testing

@testable import Race
@testable import RaceExecution

/// Sampling from a finished run, and the scores of its pictures.
@Suite struct SamplersTests {
  private let race: TinyRace
  private let run: RunLayout

  init() throws {
    race = try TinyRace()
    run = try race.trained()
  }

  private func experiment() throws -> Experiment {
    var experiment = try #require(try race.claim(TinyRace.sampling).claim.race)
    experiment.sampling?.run = run.url.path
    return experiment
  }

  @Test func aContenderCountsTheStepsOfAllItsPictures() throws {
    let experiment = try experiment()
    let recipe = try RaceRecipe(experiment) { _ in race.recipe }
    let arm = try SamplerArm(
      recipe, recipe.layers(experiment.settings + ["evaluation.sampler.solver=heun"]))
    let plan = try arm.plan(name: "heun", experiment)
    #expect(plan.batch == 2 && plan.spare == 1)
    let contender = arm.contender(plan, experiment)
    #expect(contender.name == "heun")
    let seconds = try contender.measure(2)
    #expect(seconds.count == 2)
    // The time of one step of one picture, measured over about five steps of 32 pictures: far below
    // a second.
    #expect(seconds.allSatisfy { $0 > 0 && $0 < 1 })
  }

  @Test func aSamplerIsScoredAgainstDataAndAgainstTheFullOne() throws {
    let experiment = try experiment()
    let recipe = try RaceRecipe(experiment) { _ in race.recipe }
    func scores(_ name: String, _ settings: [String]) throws -> [String: RunScore] {
      let planned = PlannedRun(arm: name, budget: 0, seed: 3, images: 12, value: nil)
      let place = RunLayout(race.folder.url.appendingPathComponent("runs/\(name)"))
      try SamplerRun(
        planned, experiment, recipe,
        settings: experiment.settings + settings + ["evaluation.seed=3"]
      ).measure(to: place) { false }
      #expect(FileManager.default.fileExists(atPath: place.environment.path))
      #expect(try RecipeLayers(file: place.recipe).resolved().evaluation.seed == 3)
      let observed = try RunObservation(planned, in: place, scores: experiment.scoresKey)
      #expect(observed.state == .finished)
      return Dictionary(uniqueKeysWithValues: observed.scores.map { ($0.metric, $0) })
    }
    let full = try scores(
      "heun", ["evaluation.sampler.solver=heun", "evaluation.sampler.steps=12"])
    #expect(Set(full.keys) == ["psnr", "relative_l1"])
    #expect(full["relative_l1"]?.value == 0)
    #expect(full["psnr"]?.guidance == 2 && full["psnr"]?.generationSeed == 3)
    #expect(full["psnr"]?.protocolRecord["steps"] == "12")
    let few = try scores(
      "euler", ["evaluation.sampler.solver=euler", "evaluation.sampler.steps=2"])
    #expect(try #require(few["relative_l1"]).value > 0)
  }

  @Test func aStopLeavesTheRestToTheNextCall() throws {
    let experiment = try experiment()
    let recipe = try RaceRecipe(experiment) { _ in race.recipe }
    let place = RunLayout(race.folder.url.appendingPathComponent("runs/stopped"))
    let error = #expect(throws: PeregrineError.self) {
      try SamplerRun(
        PlannedRun(arm: "euler", budget: 0, seed: 1, images: 5, value: nil), experiment, recipe,
        settings: experiment.settings
      ).measure(to: place) { true }
    }
    #expect(error?.code == .interrupted)
    #expect(!place.hasRun)
  }

  @Test func aFinishedRunIsScoredUnderTheRacesProtocol() throws {
    let settings = [
      "evaluation.against=shapes:8", "evaluation.metrics=psnr,relative_l1", "evaluation.count=4",
      "evaluation.sampler.solver=euler", "evaluation.sampler.steps=2",
      "evaluation.sampler.guidance=1.5",
      "evaluation.seed=7", "schedule.evaluate_every_images=1",
    ]
    let scores = try RunMeasurement(run, settings: settings).measure(guidance: 1.5, seed: 7) {
      false
    }
    #expect(scores.map(\.metric) == ["psnr", "relative_l1"])
    #expect(scores.allSatisfy { $0.value.isFinite && $0.images == 8 && $0.generationSeed == 7 })
    #expect(scores[0].protocolRecord["guidance"] == "1.5")
    // Without evaluation settings, nothing is measured.
    let none = try RunMeasurement(run, settings: []).measure(guidance: 1, seed: 0) { false }
    #expect(none.isEmpty)
  }
}
