import Datasets
import Diagnostics
import Encoding
import FileAccess
import Foundation
import Recipes
import RunFiles
import Runs
import Telemetry
import Tensors

/// Trains a recipe in a run folder, from the start or from the newest checkpoint.
///
/// It prints nothing and reports through ``TrainingEvent``s. A run that is stopped and resumed
/// takes exactly the steps of an uninterrupted run.
public final class Trainer {
  private let recipe: Recipe
  private let run: ReservedRun
  private let session: TrainingSession
  private let scoring: RunEvaluator?
  private let snapshots: AverageSnapshots
  private let log: TrainingLog
  private let onEvent: (TrainingEvent) -> Void
  private var lastCheckpoint: Checkpoint?
  private var pace = FirstPace()

  /// Opens the data, builds the model and restores the newest checkpoint if there is one.
  ///
  /// - Throws: ``PeregrineError`` `.usage` if the folder contains a run of another recipe.
  public init(
    _ layers: RecipeLayers, run layout: RunLayout, packageRoot: URL? = nil,
    onEvent: @escaping (TrainingEvent) -> Void
  ) throws {
    self.onEvent = onEvent
    let layers = try layers.fittedToData(for: layout)
    recipe = try layers.resolved()
    run = try ReservedRun(layout, for: layers)
    let source = try TrainingData(recipe, before: DataDescription.recorded(in: layout))
    try source.description.requireSame(asIn: layout)
    session = try TrainingSession(recipe, source: source)
    scoring = try recipe.makeRunEvaluator(device: session.device)
    try scoring?.check(classCount: source.description.summary.classNames.count)
    lastCheckpoint = layout.finishedCheckpoints().last
    if let lastCheckpoint { try session.restore(lastCheckpoint) }
    snapshots = AverageSnapshots(of: layout)
    try snapshots.removeAll(after: session.progress.images)
    session.progress.clock.start(.setup)
    try run.describe(source.description, device: session.device, packageRoot: packageRoot)
    log = try TrainingLog(layout, after: session.progress, onEvent: onEvent)
  }

  /// Trains to the end, or until it is asked to stop.
  ///
  /// - Parameter shouldStop: called after every step.
  /// - Throws: ``PeregrineError`` from the data, `.nonFinite` from the loss, `.io` from writing a
  ///   checkpoint.
  public func train(shouldStop: @escaping () -> Bool = { false }) throws -> TrainingOutcome {
    let total = recipe.training.images
    onEvent(
      .started(
        TrainingStart(
          parameterCount: session.model.parameterCount, data: session.source.description.summary,
          notices: session.source.notices,
          imagesSeen: session.progress.images, totalImages: total)))
    let loader = session.source.batches(of: recipe, startingAt: session.progress.images)
    defer { loader.stop() }
    if session.progress.owesEvaluation == true {
      try scoreIfOwed(shouldStop)
      guard session.progress.owesEvaluation == nil else { return .interrupted }
      try saveIfDue(now: true)
    }
    // Best effort: where it fails, the first step fails with a better message.
    if let rate = try? session.expectedRate() { report(pace: rate) }
    while session.progress.images < total {
      session.progress.clock.start(.training)
      try session.step(nextBatch(loader))
      try reportPace()
      try logIfDue(atEnd: session.progress.images >= total)
      try evaluateIfDue(atEnd: session.progress.images >= total, shouldStop)
      try snapshotIfDue(atEnd: session.progress.images >= total)
      let stopping = shouldStop()
      try saveIfDue(now: stopping || session.progress.images >= total)
      if stopping, session.progress.images < total || session.progress.owesEvaluation == true {
        return .interrupted
      }
    }
    session.progress.clock.stop()
    log.close()
    return .finished
  }

  /// The next batch. If the data fails, a checkpoint is saved before the error is thrown.
  private func nextBatch(_ loader: BatchLoader) throws -> HostBatch {
    do {
      return try loader.next()
    } catch {
      if session.progress.images > lastCheckpoint?.images ?? 0 { try saveIfDue(now: true) }
      throw error
    }
  }

  /// Says once, before or after the first steps, how long the run will take.
  private func reportPace() throws {
    guard !pace.isKnown else { return }
    try session.device.synchronize()
    let progress = session.progress
    if let rate = pace.countStep(
      images: progress.images, seconds: progress.clock.seconds(in: .training))
    {
      report(pace: rate)
    }
  }

  private func report(pace rate: Double) {
    pace.isKnown = true
    onEvent(
      .paced(
        RemainingTime(
          imagesPerSecond: rate, imagesSeen: session.progress.images,
          totalImages: recipe.training.images, device: session.device.description)))
  }

  // MARK: The schedule

  /// Whether the last step passed a multiple of `interval` images.
  private func isDue(_ interval: Int, atEnd: Bool) -> Bool {
    guard interval > 0 else { return false }
    let before = session.progress.images - recipe.training.globalBatchSize
    return atEnd || session.progress.images / interval > max(before, 0) / interval
  }

  private func logIfDue(atEnd: Bool) throws {
    let due = isDue(recipe.schedule.logEveryImages, atEnd: atEnd)
    // Even when no log line is due, numbers are fetched every 16 steps, to notice a divergence.
    guard due || session.progress.step % 16 == 0 else { return }
    _ = try session.collect(lastCheckpoint: lastCheckpoint)
    guard due else { return }
    let window = session.progress.window
    session.progress.window = LossWindow()
    log.record(
      MetricRecord(
        kind: .train, images: session.progress.images, step: session.progress.step,
        loss: window.meanLoss, terms: window.meanTerms, gradientNorm: window.meanGradientNorm,
        learningRate: session.learningRate,
        imagesPerSecond: session.progress.clock.takeRecentImagesPerSecond(),
        trainSeconds: session.progress.clock.seconds(in: .training),
        memoryBytes: ProcessMemory.residentBytes, timeBins: window.meanBins))
  }

  private func snapshotIfDue(atEnd: Bool) throws {
    guard isDue(recipe.schedule.snapshotEveryImages, atEnd: atEnd) else { return }
    session.progress.clock.start(.checkpoint)
    _ = try session.collect(lastCheckpoint: lastCheckpoint)
    try snapshots.write(session.powerAverages, images: session.progress.images)
  }

  private func saveIfDue(now: Bool) throws {
    guard isDue(recipe.schedule.checkpointEveryImages, atEnd: now) || now else { return }
    session.progress.clock.start(.checkpoint)
    _ = try session.collect(lastCheckpoint: lastCheckpoint)
    let checkpoint = try session.save(to: run.layout.checkpoints)
    lastCheckpoint = checkpoint
    Checkpoint.prune(
      run.layout.finishedCheckpoints(), keeping: recipe.schedule.keepCheckpoints,
      keepEvery: recipe.schedule.keepEveryImages)
    onEvent(.saved(checkpoint))
  }

  // MARK: Evaluation with the averaged weights

  private func evaluateIfDue(atEnd: Bool, _ shouldStop: @escaping () -> Bool) throws {
    let schedule = recipe.schedule
    if isDue(schedule.validateEveryImages, atEnd: atEnd), recipe.data.validationCount > 0 {
      try evaluating { try validate() }
    }
    if isDue(schedule.previewEveryImages, atEnd: atEnd) { try evaluating { try preview() } }
    if isDue(schedule.evaluateEveryImages, atEnd: atEnd) { session.progress.owesEvaluation = true }
    try scoreIfOwed(shouldStop)
  }

  /// Runs `body` with the averaged weights and counts its time as evaluation.
  private func evaluating(_ body: () throws -> Void) throws {
    session.progress.clock.start(.evaluation)
    try session.average.withAveragedParameters { try withoutGradients(body) }
  }

  /// Logs the loss of the held-out part with fixed noise and times.
  private func validate() throws {
    let window = try session.heldOutLoss()
    log.record(
      MetricRecord(
        kind: .validation, images: session.progress.images, step: session.progress.step,
        loss: window.meanLoss, timeBins: window.meanBins,
        count: session.source.validation.summary.count))
  }

  private func preview() throws {
    let grid = try PreviewGrid(of: session, in: run.layout)
    let file = run.layout.grid(atImages: session.progress.images)
    try AtomicFile.write(grid.png, to: file)
    log.record(grid, path: run.layout.path(of: file), at: session.progress)
    onEvent(.drew(file))
  }

  /// Draws and scores pictures. If it is told to stop, the rest is done when the run is resumed.
  private func scoreIfOwed(_ shouldStop: @escaping () -> Bool) throws {
    guard let scoring, session.progress.owesEvaluation == true else { return }
    let description = session.source.description
    do {
      try evaluating {
        let sampling = PictureSampling(
          backbone: session.model,
          decoder: try PictureDecoder(description, device: session.device), device: session.device)
        let (result, folder) = try scoring.score(
          sampling, of: run.layout, classNames: description.summary.classNames,
          images: session.progress.images
        ) { [onEvent] stage, done, total in
          onEvent(.evaluating(stage, done: done, total: total))
          return !shouldStop()
        }
        for score in result.record.scores {
          log.record(score, count: result.count, at: session.progress)
        }
        onEvent(.scored(result, folder))
      }
      session.progress.owesEvaluation = nil
    } catch let error as PeregrineError where error.code == .interrupted {}
  }
}
