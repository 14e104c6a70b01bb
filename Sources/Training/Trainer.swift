import Datasets
import Diagnostics
import Evaluation
import FileAccess
import Foundation
import Models
import Objectives
import Pictures
import Sampling
import Scores
import Synchronization
import Telemetry
import Tensors

/// What a training run tells while it goes on.
public enum TrainingEvent {
  /// Everything is ready.
  case started(TrainingStart)
  /// A line of the log: training or validation loss.
  case logged(MetricRecord)
  /// A sample grid was drawn.
  case drew(URL)
  /// An evaluation goes on: stage, pictures done and in all.
  case evaluating(Evaluator.Stage, done: Int, total: Int)
  /// Pictures were scored; they lie in the folder.
  case scored(EvaluationResult, URL)
  /// A checkpoint is on the disk.
  case saved(Checkpoint)
  /// Something that does not stop the run, such as a log that cannot be written.
  case warned(PeregrineError)
}

/// The facts of a run at its start.
public struct TrainingStart: Sendable {
  /// Parameters of the network, fixed tables included.
  public let parameterCount: Int
  /// What it learns from.
  public let data: DatasetSummary
  /// The images seen before, when the run goes on from a checkpoint.
  public let imagesSeen: Int
  /// The images to be seen in all.
  public let totalImages: Int
}

/// How a training run ended.
public enum TrainingOutcome: Equatable, Sendable {
  case finished
  /// Stopped on request, with a checkpoint; the same command goes on.
  case interrupted
}

/// Trains a recipe in a run folder, from the start or from the newest checkpoint.
///
/// Prints nothing; it tells what happens through ``TrainingEvent``s. Stopped and started again, a run
/// takes exactly the steps it would have taken in one go.
public final class Trainer {
  private let recipe: Recipe
  private let run: RunFolder
  private let session: TrainingSession
  private let scoring: RunScoring?
  private let snapshots: AverageSnapshots
  private let onEvent: (TrainingEvent) -> Void
  private let lock: RunLock
  private let metrics: MetricsLog
  private let board: TensorBoardWriter
  private let warnings = Warnings()
  private var lastCheckpoint: Checkpoint?

  /// Opens the data, builds the model, and takes up the newest checkpoint if there is one.
  ///
  /// - Throws: ``PeregrineError`` `.usage` when the folder holds a run of another recipe.
  public init(
    _ layers: RecipeLayers, run: RunFolder, packageRoot: URL? = nil,
    onEvent: @escaping (TrainingEvent) -> Void
  ) throws {
    self.run = run
    self.onEvent = onEvent
    recipe = try layers.resolved()
    lock = try run.lock()
    try Self.requireSameRecipe(layers, in: run)
    let source = try TrainingData(recipe)
    try Self.requireSameData(source.description, in: run)
    session = try TrainingSession(recipe, source: source)
    scoring = try recipe.makeScoring(device: session.device)
    try scoring?.check(classCount: source.description.summary.classNames.count)
    lastCheckpoint = run.finishedCheckpoints().last
    try lastCheckpoint?.restore(session)
    snapshots = AverageSnapshots(of: run)
    try snapshots.removeAll(after: session.progress.images)
    session.progress.clock.start(.setup)
    try Self.describe(layers, source.description, session, in: run, packageRoot)
    let warn: @Sendable (PeregrineError) -> Void = { [warnings] in warnings.add($0) }
    metrics = try MetricsLog(
      url: run.metrics, keepingThrough: session.progress.images,
      redoing: session.progress.owesEvaluation == true ? .score : nil, onFailure: warn)
    board = try TensorBoardWriter(
      folder: run.url, startingAt: session.progress.step == 0 ? nil : session.progress.step + 1,
      onFailure: warn)
  }

  /// Trains to the end, or until asked to stop.
  ///
  /// - Parameter shouldStop: asked after every step.
  /// - Throws: ``PeregrineError`` from the data, `.nonFinite` from the loss, `.io` from a checkpoint.
  public func train(shouldStop: @escaping () -> Bool = { false }) throws -> TrainingOutcome {
    let total = recipe.training.images
    onEvent(
      .started(
        TrainingStart(
          parameterCount: session.model.parameterCount, data: session.source.description.summary,
          imagesSeen: session.progress.images, totalImages: total)))
    let loader = session.source.batches(of: recipe, startingAt: session.progress.images)
    defer { loader.stop() }
    if session.progress.owesEvaluation == true {
      try scoreIfOwed(shouldStop)
      guard session.progress.owesEvaluation == nil else { return .interrupted }
      try saveIfDue(now: true)
    }
    while session.progress.images < total {
      session.progress.clock.start(.training)
      try session.step(nextBatch(loader))
      try log(atEnd: session.progress.images >= total)
      try evaluateIfDue(atEnd: session.progress.images >= total, shouldStop)
      try snapshotIfDue(atEnd: session.progress.images >= total)
      let stopping = shouldStop()
      try saveIfDue(now: stopping || session.progress.images >= total)
      if stopping, session.progress.images < total || session.progress.owesEvaluation == true {
        return .interrupted
      }
    }
    session.progress.clock.stop()
    board.close()
    return .finished
  }

  /// The next batch; when the data fails, what was trained so far is saved first.
  private func nextBatch(_ loader: BatchLoader) throws -> HostBatch {
    do {
      return try loader.next()
    } catch {
      if session.progress.images > lastCheckpoint?.images ?? 0 { try saveIfDue(now: true) }
      throw error
    }
  }

  // MARK: The schedule

  /// Whether the last step passed a multiple of `interval` images.
  private func isDue(_ interval: Int, atEnd: Bool) -> Bool {
    guard interval > 0 else { return false }
    let before = session.progress.images - recipe.training.globalBatchSize
    return atEnd || session.progress.images / interval > max(before, 0) / interval
  }

  private func log(atEnd: Bool) throws {
    let due = isDue(recipe.schedule.logEveryImages, atEnd: atEnd)
    // Without a line due, numbers still come over every so often, to notice a divergence.
    guard due || session.progress.step % 16 == 0 else { return }
    _ = try session.collect(lastCheckpoint: lastCheckpoint)
    guard due else { return }
    let window = session.progress.window
    session.progress.window = LossWindow()
    record(
      MetricRecord(
        kind: .train, images: session.progress.images, step: session.progress.step,
        loss: window.meanLoss, terms: window.meanTerms, gradientNorm: window.meanGradientNorm,
        learningRate: session.learningRate,
        imagesPerSecond: session.progress.clock.takeRecentImagesPerSecond(),
        trainSeconds: session.progress.clock.seconds(in: .training),
        memoryBytes: ProcessMemory.residentBytes, timeBins: window.meanBins))
  }

  private func evaluateIfDue(atEnd: Bool, _ shouldStop: @escaping () -> Bool) throws {
    let schedule = recipe.schedule
    if isDue(schedule.validateEveryImages, atEnd: atEnd), recipe.data.validationCount > 0 {
      try evaluating { try validate() }
    }
    if isDue(schedule.previewEveryImages, atEnd: atEnd) { try evaluating { try preview() } }
    if isDue(schedule.evaluateEveryImages, atEnd: atEnd) { session.progress.owesEvaluation = true }
    try scoreIfOwed(shouldStop)
  }

  /// Runs `body` with the averaged weights, on the evaluation's clock.
  private func evaluating(_ body: () throws -> Void) throws {
    session.progress.clock.start(.evaluation)
    try session.average.withAveragedParameters { try withoutGradients(body) }
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
    let checkpoint = try Checkpoint.write(session, to: run.checkpoints)
    lastCheckpoint = checkpoint
    Checkpoint.prune(
      run.finishedCheckpoints(), keeping: recipe.schedule.keepCheckpoints,
      keepEvery: recipe.schedule.keepEveryImages)
    onEvent(.saved(checkpoint))
  }

  // MARK: Evaluator

  /// The loss of the held-out part under fixed noise and times.
  private func validate() throws {
    let window = try session.heldOutLoss()
    record(
      MetricRecord(
        kind: .validation, images: session.progress.images, step: session.progress.step,
        loss: window.meanLoss, timeBins: window.meanBins,
        count: session.source.validation.summary.count))
  }

  /// A grid from the same noise and classes each time.
  private func preview() throws {
    let description = session.source.description
    let classes = description.summary.classNames.count
    let count = recipe.preview.count
    // Few classes in turn; of many, a spread of them.
    let labels = (0..<count).map { classes <= count ? $0 % classes : $0 * classes / count }
    var sampler = try recipe.makeSampler()
    sampler.computation = recipe.computationDType
    let samples = try sampler.sample(
      session.model, labels: labels, indices: Array(0..<count), seed: recipe.training.seed,
      device: session.device)
    let pictures = try PictureDecoder(description, device: session.device).pictures(samples)
    let columns = max(1, Int(Double(count).squareRoot().rounded(.up)))
    let grid = Picture.grid(pictures, columns: columns)
      .upscaled(by: max(1, 128 / max(1, pictures[0].width)))
    let name = String(format: "%010d.png", session.progress.images)
    let png = try grid.pngData(text: [
      "Software": "Peregrine", "peregrine:run": run.name,
      "peregrine:images": "\(session.progress.images)",
      "peregrine:labels": labels.map(String.init).joined(separator: ","),
    ])
    try AtomicFile.write(png, to: run.samples.appendingPathComponent(name))
    board.image(
      "samples", png: png, width: grid.width, height: grid.height, step: session.progress.step)
    record(
      MetricRecord(
        kind: .samples, images: session.progress.images, step: session.progress.step,
        file: "samples/\(name)"))
    onEvent(.drew(run.samples.appendingPathComponent(name)))
  }

  private func record(_ record: MetricRecord) {
    metrics.append(record)
    let prefix = record.kind.rawValue
    for (tag, value) in [
      ("loss", record.loss), ("gradient_norm", record.gradientNorm),
      ("images_per_second", record.imagesPerSecond), ("learning_rate", record.learningRate),
    ] {
      if let value { board.scalar("\(prefix)/\(tag)", value, step: record.step) }
    }
    if record.kind == .score, let name = record.name, let value = record.value {
      board.scalar("score/\(name)", value, step: record.step)
    }
    for (bin, value) in (record.timeBins ?? []).enumerated() {
      if let value { board.scalar("\(prefix)_time_bins/\(bin)", value, step: record.step) }
    }
    onEvent(.logged(record))
    for warning in warnings.take() { onEvent(.warned(warning)) }
  }

  /// Draws and scores pictures; told to stop, it leaves the rest to the next start of the run.
  private func scoreIfOwed(_ shouldStop: @escaping () -> Bool) throws {
    guard let scoring, session.progress.owesEvaluation == true else { return }
    let description = session.source.description
    do {
      try evaluating {
        let sampling = PictureSampling(
          backbone: session.model,
          decoder: try PictureDecoder(description, device: session.device), device: session.device)
        let (result, folder) = try scoring.score(
          sampling, of: run, classNames: description.summary.classNames,
          images: session.progress.images
        ) { [onEvent] stage, done, total in
          onEvent(.evaluating(stage, done: done, total: total))
          return !shouldStop()
        }
        for score in result.record.scores { record(score, count: result.count) }
        onEvent(.scored(result, folder))
      }
      session.progress.owesEvaluation = nil
    } catch let error as PeregrineError where error.code == .interrupted {}
  }

  private func record(_ score: Score, count: Int) {
    record(
      MetricRecord(
        kind: .score, images: session.progress.images, step: session.progress.step,
        name: score.name.rawValue, value: score.value, low: score.error.map { score.value - $0 },
        high: score.error.map { score.value + $0 }, count: count,
        protocolRecord: Dictionary(
          score.protocolRecord.fields.map { ($0.name, $0.value) }
        ) { first, _ in first }))
  }

  // MARK: The run folder

  /// Keys that a resumed run may change without becoming another run.
  private static let changeable: Set<String> = [
    "training.images", "training.threads", "data.workers", "schedule.keep_checkpoints",
    "schedule.keep_every_images", "schedule.checkpoint_every_images",
    "schedule.snapshot_every_images",
  ]

  private static func requireSameRecipe(_ layers: RecipeLayers, in run: RunFolder) throws {
    guard run.hasRun else { return }
    let differences = layers.differences(
      from: try RecipeLayers(file: run.recipe), ignoring: changeable)
    guard differences.isEmpty else {
      throw PeregrineError(
        .usage, doing: "resuming the run `\(run.url.path)`",
        found: "another recipe (\(differences.joined(separator: "; ")))",
        expected: "the recipe it was started with",
        advice: "Use the same recipe and `--set` options, or choose another `--out`.")
    }
  }

  /// Refuses data that changed since a run started.
  static func requireSameData(_ data: DataDescription, in run: RunFolder) throws {
    guard run.hasRun, FileManager.default.fileExists(atPath: run.data.path) else { return }
    let before = try DataDescription(of: run).summary
    guard before.fingerprint == data.summary.fingerprint else {
      throw PeregrineError(
        .badData, doing: "resuming the run `\(run.url.path)`",
        found: "data `\(data.summary.name)` with \(data.summary.count) items, changed since",
        expected: "`\(before.name)` with \(before.count) items, as at the start",
        advice: "Restore the data, or start a new run with another `--out`.")
    }
  }

  private static func describe(
    _ layers: RecipeLayers, _ data: DataDescription, _ session: TrainingSession, in run: RunFolder,
    _ packageRoot: URL?
  ) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(encoder.encode(data), to: run.data)
    let environment = EnvironmentRecord.capture(
      libraries: Runtime.versions, device: session.device.description,
      threads: Runtime.threadCount, packageRoot: packageRoot)
    try AtomicFile.write(encoder.encode(environment), to: run.environment)
    // The recipe comes last: a folder with a recipe is a run.
    try AtomicFile.write(Data(layers.yaml().utf8), to: run.recipe)
  }
}

/// Warnings of sinks that may fail on any thread, until the loop passes them on.
private final class Warnings: Sendable {
  private let waiting = Mutex<[PeregrineError]>([])

  func add(_ warning: PeregrineError) { waiting.withLock { $0.append(warning) } }

  func take() -> [PeregrineError] {
    waiting.withLock { list in
      defer { list = [] }
      return list
    }
  }
}
