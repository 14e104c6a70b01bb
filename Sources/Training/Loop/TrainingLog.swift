import Diagnostics
import FileAccess
import Foundation
import RunFiles
import Scores
import Synchronization
import Telemetry

/// The log of a training run: `metrics.jsonl` and TensorBoard event files. Failed writes become
/// warnings.
final class TrainingLog {
  private let metrics: MetricsLog
  private let board: TensorBoardWriter
  private let warnings = Warnings()
  private let onEvent: (TrainingEvent) -> Void

  /// What was logged before the log is continued.
  struct Past {
    fileprivate let records: [MetricRecord]
    fileprivate let damage: PeregrineError?
    private let isTorn: Bool

    /// Reads the log of a run, if there is one.
    ///
    /// - Parameter mark: a place up to which it must be as it was written.
    init(of run: RunLayout, since mark: MetricsLog.Mark?) throws {
      let exists = isOrdinaryFile(run.metrics) == true
      let contents = exists ? try MetricsLog.salvage(run.metrics, since: mark) : nil
      records = contents?.records ?? []
      let isMissing = !exists && (mark?.bytes ?? 0) > 0
      damage =
        isMissing
        ? PeregrineError(.missingInput, doing: "reading the log", found: "no file")
        : contents?.damage
      isTorn = contents?.isTorn ?? false
    }

    fileprivate var lastImages: Int { records.map(\.images).max() ?? 0 }

    /// Whether records of a kind were written after exactly `images` images, all of them.
    func holds(_ kind: MetricRecord.Kind, atImages images: Int) -> Bool {
      // The scores of an evaluation are several lines, and a torn line may be one of them.
      records.contains { $0.kind == kind && $0.images == images } && !(isTorn && kind == .score)
    }
  }

  /// Continues the log of a run at its progress. Later lines are dropped, because the run logs them
  /// again. If they would not be the same, they are kept under another name.
  ///
  /// - Parameters:
  ///   - redone: a kind whose lines at exactly this progress are logged again.
  ///   - keepsPast: whether the run goes on from an earlier place than it could have.
  init(
    _ run: RunLayout, after progress: TrainingProgress, past: Past,
    redoing redone: MetricRecord.Kind?, keepsPast: Bool,
    onEvent: @escaping (TrainingEvent) -> Void
  ) throws {
    self.onEvent = onEvent
    if past.damage != nil || keepsPast && past.lastImages > progress.images {
      let found =
        past.damage?.found
        ?? "lines up to \(past.lastImages) images, in a run that goes on from \(progress.images)"
      onEvent(.warned(try Self.keepCopy(of: run, untilImages: past.lastImages, because: found)))
    }
    let warn: @Sendable (PeregrineError) -> Void = { [warnings] in warnings.add($0) }
    metrics = try MetricsLog(
      url: run.metrics, keepingThrough: progress.images, redoing: redone, dropsDamage: true,
      onFailure: warn)
    board = try TensorBoardWriter(
      folder: run.url, startingAt: progress.step == 0 ? nil : progress.step + 1, onFailure: warn)
  }

  /// Copies a log that cannot be continued as it is.
  ///
  /// - Returns: what to tell about it.
  private static func keepCopy(
    of run: RunLayout, untilImages images: Int, because found: String
  ) throws -> PeregrineError {
    let copy = run.formerMetrics(untilImages: images)
    let isThere = isOrdinaryFile(run.metrics) == true
    if isThere { try AtomicFile.write(readFile(run.metrics, doing: "copying the log"), to: copy) }
    return PeregrineError(
      .badData, doing: "continuing the log `\(run.metrics.path)`",
      found: isThere ? found : "no log",
      advice: isThere
        ? "The log that was there is kept as `\(copy.path)`." : "A new log is begun.")
  }

  /// The end of what was logged so far.
  var mark: MetricsLog.Mark { metrics.mark }

  /// Writes records in one piece and reports each as an event.
  func record(_ records: MetricRecord...) { self.record(records) }

  private func record(_ records: [MetricRecord]) {
    metrics.append(records)
    for record in records {
      draw(record)
      onEvent(.logged(record))
    }
    reportWarnings()
  }

  /// Adds the numbers of a record to TensorBoard's curves.
  private func draw(_ record: MetricRecord) {
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
  }

  private func reportWarnings() {
    for warning in warnings.take() { onEvent(.warned(warning)) }
  }

  /// Writes the scores of the weights at the given progress.
  func record(_ scores: [Score], count: Int, at progress: TrainingProgress) {
    record(
      scores.map { score in
        MetricRecord(
          kind: .score, images: progress.images, step: progress.step,
          name: score.name.rawValue, value: score.value, low: score.error.map { score.value - $0 },
          high: score.error.map { score.value + $0 }, count: count,
          protocolRecord: Dictionary(
            score.protocolRecord.fields.map { ($0.name, $0.value) }
          ) { first, _ in first })
      })
  }

  /// Writes a sample grid, whose file is in the run folder.
  func record(_ grid: PreviewGrid, path: String, at progress: TrainingProgress) {
    board.image(
      "samples", png: grid.png, width: grid.width, height: grid.height, step: progress.step)
    record(
      MetricRecord(kind: .samples, images: progress.images, step: progress.step, file: path))
  }

  /// Closes both logs and reports what could not be written.
  func close() {
    metrics.close()
    board.close()
    reportWarnings()
  }
}

/// Collects warnings of log writers, which may fail on any thread, until the loop reports them.
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
