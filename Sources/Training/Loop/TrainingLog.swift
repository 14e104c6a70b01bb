import Diagnostics
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

  /// Continues the log of a run at its progress. Later lines are dropped, because the run logs them
  /// again.
  init(
    _ run: RunLayout, after progress: TrainingProgress, onEvent: @escaping (TrainingEvent) -> Void
  ) throws {
    self.onEvent = onEvent
    let warn: @Sendable (PeregrineError) -> Void = { [warnings] in warnings.add($0) }
    metrics = try MetricsLog(
      url: run.metrics, keepingThrough: progress.images,
      redoing: progress.owesEvaluation == true ? .score : nil, onFailure: warn)
    board = try TensorBoardWriter(
      folder: run.url, startingAt: progress.step == 0 ? nil : progress.step + 1, onFailure: warn)
  }

  /// Writes a record and reports it as an event.
  func record(_ record: MetricRecord) {
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

  /// Writes a score of the weights at the given progress.
  func record(_ score: Score, count: Int, at progress: TrainingProgress) {
    record(
      MetricRecord(
        kind: .score, images: progress.images, step: progress.step,
        name: score.name.rawValue, value: score.value, low: score.error.map { score.value - $0 },
        high: score.error.map { score.value + $0 }, count: count,
        protocolRecord: Dictionary(
          score.protocolRecord.fields.map { ($0.name, $0.value) }
        ) { first, _ in first }))
  }

  /// Writes a sample grid, whose file is in the run folder.
  func record(_ grid: PreviewGrid, path: String, at progress: TrainingProgress) {
    board.image(
      "samples", png: grid.png, width: grid.width, height: grid.height, step: progress.step)
    record(
      MetricRecord(kind: .samples, images: progress.images, step: progress.step, file: path))
  }

  /// Closes the TensorBoard file.
  func close() { board.close() }
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
