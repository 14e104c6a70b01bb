import Diagnostics
import Foundation
import Race
import RunFiles
import TestSupport
import Testing

@testable import RaceExecution

@Suite struct RacePlannerTests {
  private let race: TinyRace

  init() throws { race = try TinyRace() }

  @Test func stepsAreTimedInTurnsByTheToolsProcesses() throws {
    let plan = try race.plan(
      TinyRace.training, tool: race.tool(secondsPerStep: 0.25))
    #expect(plan.arms.map(\.name) == ["plain", "routed"])
    #expect(plan.arms.allSatisfy { $0.batch == 2 && $0.needs.isEmpty })
    #expect(plan.arms[1].values["routing.method"] == "tread")
    // In three blocks, half of the tokens are not computed.
    #expect(plan.arms[1].flopsPerImage < plan.arms[0].flopsPerImage)
    #expect(plan.calibration.secondsPerImage(of: plan.arms[0]) == 0.125)
    #expect(plan.calibration.inputRatios == ["plain": 1, "routed": 1])
    #expect(plan.calibration.fixedWork.allSatisfy { $0 > 0 && $0.isFinite })
    #expect(!plan.calibration.fixedWork.isEmpty)
    #expect(plan.trials.count == 4 && plan.runs.count == 10)
  }

  @Test func aToolThatFailsIsToldWithItsLastWords() throws {
    let file = race.folder.url.appendingPathComponent("broken")
    try Data("#!/bin/sh\necho 'no such recipe' >&2; exit 3".utf8).write(to: file)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
    let error = #expect(throws: PeregrineError.self) {
      try race.plan(TinyRace.training, tool: file.path)
    }
    #expect(error?.code == .unavailable)
    #expect(error?.found.contains("no such recipe") == true)
  }

  @Test func samplersAreTimedHere() throws {
    let plan = try race.plan(TinyRace.sampling, run: race.trained())
    #expect(plan.arms.map(\.batch) == [1, 2])
    #expect(plan.arms.map(\.spare) == [0, 1])
    #expect(plan.runs.filter { $0.arm == "heun" }.map(\.images) == [5, 7, 11, 15, 23])
    // With guidance each evaluation needs two forward passes.
    #expect(plan.arms[0].flopsPerImage == 2 * plan.arms[1].flopsPerImage)
    #expect(plan.calibration.classes.allSatisfy { $0.seconds > 0 })
    #expect(plan.calibration.fixedWork.isEmpty)
  }

  /// Old plans, made before `sampler` became a section, name their run folders by the former keys.
  @Test func aFrozenPlanKeepsItsKeys() throws {
    var plan = try race.plan(TinyRace.sampling, run: race.trained())
    let run = try #require(plan.runs.first { $0.arm == "heun" })
    #expect(plan.schedule(of: run)["evaluation.sampler.steps"] == "3")
    let name = plan.folderName(of: run, value: 1)
    for index in plan.arms.indices {
      let steps = plan.arms[index].values.removeValue(forKey: "evaluation.sampler.steps")
      plan.arms[index].values["evaluation.steps"] = steps
    }
    #expect(plan.schedule(of: run)["evaluation.steps"] == "3")
    #expect(plan.schedule(of: run)["evaluation.sampler.steps"] == nil)
    #expect(plan.folderName(of: run, value: 1) != name)
  }

  @Test func whatCannotBeRunIsFoundBeforeAnythingRuns() throws {
    func refusal(_ text: String, _ changed: String, of race: String) -> PeregrineError? {
      #expect(throws: PeregrineError.self) {
        try self.race.plan(race.replacingOccurrences(of: text, with: changed))
      }
    }
    let none = #expect(throws: PeregrineError.self) {
      try RacePlanner(race.claim(nil).claim, text: "") { _ in race.recipe }
    }
    #expect(none?.found == "a claim without `race`")
    #expect(
      refusal("optimizer.learning_rate", "optimizer.learning_rat", of: TinyRace.training)?.found
        .contains("optimizer.learning_rat") == true)
    #expect(
      refusal("values: [1.0e-3, 2.0e-3]", "values: [1.0e-3, -1]", of: TinyRace.training)?.found
        .contains("optimizer.learning_rate") == true)
    let drawing = refusal("", "", of: TinyRace.sampling)
    #expect(drawing?.advice.contains("--run") == true)
  }
}
