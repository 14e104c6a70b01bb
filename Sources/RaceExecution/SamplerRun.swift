import Datasets
import Diagnostics
import Evaluation
import FileAccess
import Foundation
import Race
import Recipes
import RunFiles
import Runs
import Scores
import Telemetry
import Tensors

/// Samples and scores the pictures of a planned run of a sampler.
struct SamplerRun {
  private let run: PlannedRun
  private let experiment: Experiment
  private let recipe: RaceRecipe
  private let settings: [String]

  /// - Parameter settings: the run's settings, applied on top of the recipe of the run to sample
  ///   from.
  init(_ run: PlannedRun, _ experiment: Experiment, _ recipe: RaceRecipe, settings: [String]) {
    (self.run, self.experiment, self.recipe, self.settings) = (run, experiment, recipe, settings)
  }

  /// Scores its pictures against the reference data and against the pictures of the full sampler.
  ///
  /// - Parameter warn: called with what was found damaged on disk and is made again.
  /// - Throws: `.interrupted` if told to stop; pictures already drawn are kept.
  func measure(
    to place: RunLayout, warn: @escaping (PeregrineError) -> Void = { _ in },
    shouldStop: @escaping () -> Bool
  ) throws {
    guard let weights = recipe.run, let scoring = experiment.scores,
      let sampling = experiment.sampling, let key = experiment.scoresKey
    else { return }
    let protocolSettings = scoring.settings + ["schedule.evaluate_every_images=1"]
    let layers = try recipe.layers(settings + protocolSettings)
    let device = try Device(named: layers.resolved().training.device)
    let trained = try TrainedRun(weights, device: device)
    func draw(_ layers: RecipeLayers) throws -> (RunEvaluator, EvaluationResult, URL)? {
      let recipe = try layers.resolved()
      guard let scoring = try recipe.makeRunEvaluator(device: device, warn: warn) else {
        return nil
      }
      let (result, set) = try scoring.score(
        trained.sampling, of: weights, classNames: trained.data.summary.classNames,
        images: trained.images
      ) { _, _, _ in !shouldStop() }
      return (scoring, result, set)
    }
    let full = try recipe.layers(
      experiment.settings + sampling.full + protocolSettings
        + ["evaluation.seed=\(run.seed)"])
    guard let (measured, result, set) = try draw(layers), let (_, _, wanted) = try draw(full) else {
      return
    }
    var faithful = measured.evaluator
    faithful.metrics = [.relativeL1]
    faithful.reference = Reference(
      try NPYDataset(path: RunLayout.pictures(ofSampleSet: wanted).path))
    let likeness = try faithful.score(
      NPYDataset(path: RunLayout.pictures(ofSampleSet: set).path), count: measured.count
    ) { _, _, _ in !shouldStop() }
    try write(result.record.scores + likeness.record.scores, layers, to: place, key, device)
  }

  private func write(
    _ scores: [Score], _ layers: RecipeLayers, to place: RunLayout, _ key: String, _ device: Device
  ) throws {
    let guidance = try layers.resolved().evaluation.sampler.guidance
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    let environment = EnvironmentRecord.capture(
      libraries: Runtime.versions, device: device.description, threads: Runtime.threadCount,
      packageRoot: nil)
    try AtomicFile.write(Data(layers.yaml().utf8), to: place.recipe)
    try AtomicFile.write(encoder.encode(environment), to: place.environment)
    // The scores are written last, because a run with scores counts as finished.
    try RunScore.write(
      scores.map { RunScore($0, guidance: guidance, generationSeed: run.seed, images: run.images) },
      to: place.raceScores(key))
  }
}

extension RunScore {
  /// Converts a score to the form that a race stores.
  init(_ score: Score, guidance: Double, generationSeed: UInt64, images: Int) {
    self.init(
      metric: score.name.rawValue, value: score.value, guidance: guidance,
      generationSeed: generationSeed, images: images,
      protocolRecord: Dictionary(
        score.protocolRecord.fields.map { ($0.name, $0.value) }
      ) { first, _ in first })
  }
}
