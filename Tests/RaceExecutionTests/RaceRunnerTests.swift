import Diagnostics
import FileAccess
import Foundation
import Race
import Recipes
import RunFiles
import Telemetry
import TestSupport
import Testing
import Training

@testable import RaceExecution

/// The order of runs, and the handling of runs that stop, fail or are locked by other processes.
@Suite struct RaceRunnerTests {
  private let race: TinyRace
  private let plan: RacePlan
  private let folder: RaceFolder

  init() throws {
    race = try TinyRace()
    let experiment = try #require(try race.claim(TinyRace.training).claim.race)
    plan = try RacePlan(
      claim: "tiny", claimSha256: "", experiment: experiment,
      arms: experiment.arms.map {
        ArmPlan(
          name: $0.name, values: [:], batch: 2,
          classes: [.init(name: "training", share: 1, flops: [:])], needs: [])
      },
      calibration: StepCalibration(
        classes: experiment.arms.map { StepTimes(arm: $0.name, name: "training", blocks: [0.1]) },
        fixedWork: [], inputRatios: nil,
        environment: .capture(libraries: [:], device: "cpu", threads: 1, packageRoot: nil)))
    folder = RaceFolder(race.folder.url.appendingPathComponent("race"))
    try folder.write(plan, claim: "")
    // Fixed work is only timed around new runs. All runs are begun here, because it would take too
    // long.
    for run in plan.trials { try begin(run, value: run.value ?? .nan) }
    for run in plan.runs { for value in [1e-3, 2e-3] { try begin(run, value: value) } }
  }

  private func begin(_ run: PlannedRun, value: Double) throws {
    let place = folder.run(plan.folderName(of: run, value: value))
    try makeFolder(place.url)
    try log(place, .train, images: 1, loss: 2)
  }

  private func log(
    _ place: RunLayout, _ kind: MetricRecord.Kind, images: Int, loss: Double
  ) throws {
    try MetricsLog(url: place.metrics).append(
      MetricRecord(kind: kind, images: images, step: images / 2, loss: loss))
  }

  /// A fake training that only writes the log of its end.
  private func pretend(
    _ layers: RecipeLayers, _ place: RunLayout, loss: (Recipe) -> Double = { _ in 1 }
  ) throws -> TrainingOutcome {
    let recipe = try layers.resolved()
    try log(place, .validation, images: recipe.training.images, loss: loss(recipe))
    return .finished
  }

  private func run(
    shouldStop: @escaping () -> Bool = { false },
    _ train: (RecipeLayers, RunLayout) throws -> TrainingOutcome
  ) throws -> (outcome: RaceRunner.Outcome, events: [RaceRunner.Event]) {
    var events: [RaceRunner.Event] = []
    let outcome = try RaceRunner(plan, in: folder) { _ in race.recipe }
      .run(train: train, shouldStop: shouldStop) { events.append($0) }
    return (outcome, events)
  }

  @Test func trialsChooseTheValueOfAllRuns() throws {
    var rates: [Double] = []
    let (outcome, _) = try run { layers, place in
      let recipe = try layers.resolved()
      rates.append(recipe.optimizer.learningRate)
      return try pretend(layers, place) { $0.optimizer.learningRate == 2e-3 ? 0.5 : 1 }
    }
    #expect(outcome == .finished)
    #expect(rates == [1e-3, 2e-3, 1e-3, 2e-3] + Array(repeating: 2e-3, count: 10))
    // All runs are finished, so nothing runs again.
    let again = try run { _, _ in
      Issue.record("trained again")
      return .finished
    }
    #expect(again.outcome == .finished && again.events.isEmpty)
  }

  @Test func whatDivergesStaysAndIsNotChosen() throws {
    let (outcome, events) = try run { layers, place in
      guard try layers.resolved().optimizer.learningRate == 1e-3 else {
        throw PeregrineError(.nonFinite, doing: "training", found: "loss = nan")
      }
      return try pretend(layers, place)
    }
    #expect(outcome == .finished)
    let failed = events.count { if case .failed(_, "loss = nan") = $0 { true } else { false } }
    #expect(failed == 2)
    let observed = try ObservedRace(plan, in: folder)
    #expect(observed.trials.count { $0.state == .failed("training: loss = nan") } == 2)
    #expect(observed.chosen("plain") == 1e-3 && observed.chosen("routed") == 1e-3)
  }

  @Test func allDivergedIsAnError() throws {
    let error = #expect(throws: PeregrineError.self) {
      _ = try run { _, _ in
        throw PeregrineError(.nonFinite, doing: "training", found: "loss = nan")
      }
    }
    #expect(error?.code == .nonFinite)
    #expect(error?.advice.contains("race.tuning.values") == true)
  }

  @Test func runsOfOthersAreLeftToThem() throws {
    let held = try #require(plan.runs.last)
    let place = folder.run(plan.folderName(of: held, value: 1e-3))
    let lock = try place.lock()
    let (outcome, events) = try run { layers, place in
      let mine = try place.lock()
      defer { withExtendedLifetime(mine) {} }
      return try pretend(layers, place)
    }
    #expect(outcome == .elsewhere(1))
    #expect(events.contains { if case .busy(held) = $0 { true } else { false } })
    withExtendedLifetime(lock) {}
  }

  @Test func aStopComesAfterTheRunAndTheRestGoesOn() throws {
    var trained = 0
    let (outcome, _) = try run(shouldStop: { trained == 2 }) { layers, place in
      trained += 1
      return try pretend(layers, place)
    }
    #expect(outcome == .interrupted && trained == 2)
    let (rest, _) = try run { layers, place in
      trained += 1
      return try pretend(layers, place)
    }
    #expect(rest == .finished && trained == 14)
  }

  @Test func aFreshRunIsBracketedByFixedWork() throws {
    let first = try #require(plan.trials.first)
    let place = folder.run(plan.folderName(of: first, value: 1e-3))
    try FileManager.default.removeItem(at: place.url)
    var trained = 0
    _ = try run(shouldStop: { trained == 1 }) { layers, place in
      trained += 1
      try makeFolder(place.url)
      return try pretend(layers, place)
    }
    let observed = try RunObservation(first, in: place, scores: nil)
    let speed = try #require(observed.speed)
    #expect(speed.before > 0 && speed.after > 0 && speed.before < 60)
  }
}
