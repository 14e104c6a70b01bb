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
/// takes exactly the steps of an uninterrupted run. Of what is due after a step, the checkpoint is
/// written first; previews and scores that fail are warnings.
public final class Trainer {
  let recipe: Recipe
  let run: ReservedRun
  let session: TrainingSession
  let scoring: RunEvaluator?
  let log: TrainingLog
  let onEvent: (TrainingEvent) -> Void
  /// What is due with the current weights and not done yet.
  var due: Set<ScheduledEvaluation> = []
  private let snapshots: AverageSnapshots
  private var lastCheckpoint: Checkpoint?
  private var pace = FirstPace()
  /// When a checkpoint that could not be written is tried again.
  private var retry: ContinuousClock.Instant?

  /// Opens the data, builds the model and restores the newest checkpoint if there is one. Everything
  /// that the run will need later is checked.
  ///
  /// - Throws: ``PeregrineError`` `.usage` if the folder contains a run of another recipe, `.badData`
  ///   if none of its checkpoints can be used.
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
    scoring = try recipe.makeRunEvaluator(device: session.device) { onEvent(.warned($0)) }
    try scoring?.check(source.description)
    var passedOver = 0
    lastCheckpoint = try layout.resumableCheckpoint { damage in
      passedOver += 1
      onEvent(.warned(damage))
    }
    if let lastCheckpoint { try session.restore(lastCheckpoint) }
    try Preflight(session, in: layout).check { onEvent(.warned($0)) }
    snapshots = AverageSnapshots(of: layout)
    try snapshots.removeAll(after: session.progress.images)
    session.progress.clock.start(.setup)
    let changes = try run.describe(
      source.description, device: session.device, threads: Runtime.threadCount,
      packageRoot: packageRoot)
    let past = try TrainingLog.Past(of: layout, since: session.progress.log)
    let images = session.progress.images
    due = ScheduledEvaluation.due(after: images, in: recipe).filter {
      !past.holds($0.logged, atImages: images)
    }
    log = try TrainingLog(
      layout, after: session.progress, past: past, redoing: due.contains(.scores) ? .score : nil,
      keepsPast: passedOver > 0 || images == 0, onEvent: onEvent)
    if images > 0, !changes.isEmpty { report(changes) }
  }

  /// Trains to the end, or until it is asked to stop.
  ///
  /// - Parameter shouldStop: called after every step.
  /// - Throws: ``PeregrineError`` from the data, `.nonFinite` from the loss, `.io` from writing the
  ///   last checkpoint.
  public func train(shouldStop: @escaping () -> Bool = { false }) throws -> TrainingOutcome {
    let total = recipe.training.images
    onEvent(
      .started(
        TrainingStart(
          parameterCount: session.model.parameterCount, data: session.source.description.summary,
          notices: session.source.notices,
          imagesSeen: session.progress.images, totalImages: total)))
    let loader = session.source.batches(of: recipe, startingAt: session.progress.images)
    defer {
      loader.stop()
      log.close()
    }
    // Best effort: where it fails, the first step fails with a better message.
    if let rate = try? session.expectedRate() { report(pace: rate) }
    try evaluate(shouldStop)
    while due.isEmpty, session.progress.images < total {
      session.progress.clock.start(.training)
      try session.step(savingOnFailure { try loader.next() })
      onEvent(.stepped(images: session.progress.images))
      try reportPace()
      let atEnd = session.progress.images >= total
      try logIfDue(atEnd: atEnd)
      try snapshotIfDue(atEnd: atEnd)
      due = ScheduledEvaluation.due(after: session.progress.images, in: recipe)
      let stopping = shouldStop()
      try saveIfDue(now: stopping || atEnd)
      if stopping, !atEnd || !due.isEmpty { return .interrupted }
      try evaluate(shouldStop)
    }
    if due.isEmpty {
      session.progress.clock.stop()
      return .finished
    }
    try saveIfDue(now: true)
    return .interrupted
  }

  /// If `body` fails, a checkpoint is saved before the error is thrown.
  func savingOnFailure<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch {
      do { try saveIfDue(now: true) } catch let other as PeregrineError { onEvent(.warned(other)) }
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

  /// Says that an interrupted run goes on in another environment.
  private func report(_ changes: [String]) {
    let text = changes.joined(separator: "; ")
    onEvent(
      .warned(
        PeregrineError(
          .failure, doing: "comparing the environment with that of the run so far", found: text,
          expected: "the same",
          advice: "Training goes on; from here its last bits may differ from those of an "
            + "uninterrupted run. The change is in the log.")))
    log.record(
      MetricRecord(
        kind: .note, images: session.progress.images, step: session.progress.step,
        text: "resumed in another environment: \(text)"))
  }

  // MARK: The schedule

  private func logIfDue(atEnd: Bool) throws {
    let due = recipe.isDue(
      every: recipe.schedule.logEveryImages, after: session.progress.images, atEnd: atEnd)
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
    let due = recipe.isDue(
      every: recipe.schedule.snapshotEveryImages, after: session.progress.images, atEnd: atEnd)
    guard due else { return }
    session.progress.clock.start(.checkpoint)
    _ = try session.collect(lastCheckpoint: lastCheckpoint)
    do {
      try snapshots.write(session.powerAverages, images: session.progress.images)
    } catch let error as PeregrineError where error.code == .io {
      onEvent(
        .warned(
          error.advising("Training goes on; averages are put together without this snapshot.")))
    }
  }

  /// Saves a checkpoint. Unless it has to be written now, a failure is a warning and it is tried
  /// again a minute later.
  private func saveIfDue(now: Bool) throws {
    let images = session.progress.images
    let due = recipe.isDue(
      every: recipe.schedule.checkpointEveryImages, after: images, atEnd: false)
    guard now || due || retry.map({ $0 <= .now }) == true else { return }
    guard images > 0, lastCheckpoint?.images != images else { return }
    session.progress.clock.start(.checkpoint)
    _ = try session.collect(lastCheckpoint: lastCheckpoint)
    session.progress.log = log.mark
    do {
      let checkpoint = try now ? saveMakingRoom() : session.save(to: run.layout.checkpoints)
      (lastCheckpoint, retry) = (checkpoint, nil)
      onEvent(.saved(checkpoint))
    } catch let error as PeregrineError where error.code == .io && !now {
      retry = .now + .seconds(60)
      onEvent(
        .warned(error.advising("Training goes on; the checkpoint is tried again in a minute.")))
      return
    }
    do {
      try Checkpoint.prune(
        run.layout.finishedCheckpoints(), keeping: recipe.schedule.keepCheckpoints,
        keepEvery: recipe.schedule.keepEveryImages)
    } catch let error as PeregrineError {
      onEvent(.warned(error))
    }
  }

  /// Saves a checkpoint that cannot be put off. As long as the disk is full, the oldest of several
  /// checkpoints is removed, because the newest is worth more.
  private func saveMakingRoom() throws -> Checkpoint {
    while true {
      do {
        return try session.save(to: run.layout.checkpoints)
      } catch let error as PeregrineError where error.code == .io {
        let surplus = run.layout.finishedCheckpoints().dropLast().first { !$0.isKept }
        guard let surplus else { throw error }
        try Removal.remove(surplus.url)
        onEvent(
          .warned(
            error.advising(
              "The checkpoint at \(surplus.images) images was removed to make room for this one.")))
      }
    }
  }
}
