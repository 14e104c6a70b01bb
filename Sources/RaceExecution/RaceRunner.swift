import Diagnostics
import Foundation
import Race
import Recipes
import RunFiles
import Tensors
import Training

/// Carries out a plan: first trials, then runs, one after another; each resumes where it stopped.
///
/// Several machines may share a folder: a run that another process is working on is skipped.
public struct RaceRunner {
  private let plan: RacePlan
  private let folder: RaceFolder
  private let recipe: RaceRecipe
  private let work: FixedWork

  /// The events of a race.
  public enum Event {
    /// A run starts or resumes, with its position among the remaining ones.
    case running(PlannedRun, folder: String, index: Int, of: Int)
    /// A run diverged; it stays in the table of runs.
    case failed(PlannedRun, reason: String)
    /// Another process is working on a run.
    case busy(PlannedRun)
    /// Pictures of a run are being sampled and scored.
    case scoring(PlannedRun, guidance: Double, seed: UInt64)
    /// Something that was kept on disk is damaged and is made again.
    case warned(PeregrineError)
  }

  /// How the race ended.
  public enum Outcome: Equatable, Sendable {
    case finished
    /// Stopped on request; the same command resumes.
    case interrupted
    /// This many runs are being worked on by other processes.
    case elsewhere(Int)
  }

  /// Trains a recipe in a folder; what the command line does, with its progress.
  public typealias Train = (RecipeLayers, RunLayout) throws -> TrainingOutcome

  /// Creates a runner for a plan and its folder.
  public init(_ plan: RacePlan, in folder: RaceFolder, recipe: (String) throws -> URL) throws {
    (self.plan, self.folder) = (plan, folder)
    self.recipe = try RaceRecipe(plan.experiment, recipe: recipe)
    work = try FixedWork(device: self.recipe.device(plan.experiment))
  }

  /// Carries out the remaining runs of the plan.
  public func run(
    train: Train, shouldStop: @escaping () -> Bool, onEvent: @escaping (Event) -> Void
  ) throws -> Outcome {
    let trials = try perform(
      plan.trials.map { ($0, $0.value ?? .nan) }, train, shouldStop, onEvent)
    guard trials == .finished else { return trials }
    let race = try ObservedRace(plan, in: folder)
    let runs = try plan.runs.map { run in
      guard let value = race.chosen(run.arm) else { throw hopeless(run.arm) }
      return (run, value)
    }
    return try perform(runs, train, shouldStop, onEvent)
  }

  private func perform(
    _ runs: [(PlannedRun, Double)], _ train: Train, _ shouldStop: @escaping () -> Bool,
    _ onEvent: @escaping (Event) -> Void
  ) throws -> Outcome {
    var elsewhere = 0
    for (index, (run, value)) in runs.enumerated() {
      let place = folder.run(plan.folderName(of: run, value: value))
      do {
        let observed = try observe(run, place)
        if observed.state == .unfinished {
          onEvent(
            .running(run, folder: place.name, index: index, of: runs.count))
          let isFresh = observed.images == 0
          guard try carryOut(run, value, place, isFresh, train, shouldStop, onEvent) == .finished
          else {
            return .interrupted
          }
        }
        if experiment.sampling == nil,
          run.value == nil || experiment.primary.metric != RaceMetric.heldOutLoss
        {
          try score(run, in: place, shouldStop, onEvent)
        }
      } catch let error as PeregrineError where error.code == .nonFinite {
        try RunFailure(reason: "\(error.doing): \(error.found)").write(to: place)
        onEvent(.failed(run, reason: error.found))
      } catch let error as PeregrineError where error.code == .busy {
        elsewhere += 1
        onEvent(.busy(run))
      } catch let error as PeregrineError where error.code == .interrupted {
        return .interrupted
      }
      if shouldStop() { return .interrupted }
    }
    return elsewhere == 0 ? .finished : .elsewhere(elsewhere)
  }

  private var experiment: Experiment { plan.experiment }

  private func observe(_ run: PlannedRun, _ place: RunLayout) throws -> RunObservation {
    try RunObservation(run, in: place, scores: experiment.scoresKey)
  }

  private func carryOut(
    _ run: PlannedRun, _ value: Double, _ place: RunLayout, _ isFresh: Bool, _ train: Train,
    _ shouldStop: @escaping () -> Bool, _ onEvent: @escaping (Event) -> Void
  ) throws -> TrainingOutcome {
    let settings = plan.settings(of: run, value: value)
    guard experiment.sampling != nil else {
      let before = isFresh ? try work.seconds() : nil
      let outcome = try train(recipe.layers(settings), place)
      if let before, outcome == .finished {
        try SpeedBracket(before: before, after: work.seconds()).write(to: place)
      }
      return outcome
    }
    try SamplerRun(run, experiment, recipe, settings: settings)
      .measure(to: place, warn: { onEvent(.warned($0)) }, shouldStop: shouldStop)
    return .finished
  }

  /// Computes the scores of a finished run that the plan asks for and that are missing.
  private func score(
    _ run: PlannedRun, in place: RunLayout, _ shouldStop: @escaping () -> Bool,
    _ onEvent: @escaping (Event) -> Void
  ) throws {
    guard let scoring = experiment.scores, let key = experiment.scoresKey,
      run.budget >= experiment.budgets.count - scoring.budgets
    else { return }
    let observed = try observe(run, place)
    guard observed.state == .finished else { return }
    var scores = observed.scores
    for guidance in scoring.guidances {
      for seed in scoring.generationSeeds {
        let isThere = scores.contains { $0.guidance == guidance && $0.generationSeed == seed }
        if isThere { continue }
        onEvent(.scoring(run, guidance: guidance, seed: seed))
        scores += try RunMeasurement(
          place,
          settings: scoring.settings + [
            "evaluation.sampler.guidance=\(guidance)", "evaluation.seed=\(seed)",
            "schedule.evaluate_every_images=1",
          ]
        ).measure(
          guidance: guidance, seed: seed, warn: { onEvent(.warned($0)) }, shouldStop: shouldStop)
        try RunScore.write(scores, to: place.raceScores(key))
      }
    }
  }

  private func hopeless(_ arm: String) -> PeregrineError {
    PeregrineError(
      .nonFinite, doing: "choosing `\(plan.experiment.tuning.key)` for \(arm)",
      found: "that all of its trials diverged", expected: "one at least that does not",
      advice: "Plan the race anew with other `race.tuning.values`.")
  }
}
