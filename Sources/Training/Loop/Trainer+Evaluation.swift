import Diagnostics
import Encoding
import FileAccess
import Foundation
import Recipes
import Runs
import Telemetry
import Tensors

extension Trainer {
  /// Does what is due. If it is told to stop, the rest is done when the run is resumed.
  func evaluate(_ shouldStop: @escaping () -> Bool) throws {
    if due.contains(.heldOutLoss) {
      try savingOnFailure { try withAverage { try validate() } }
      due.remove(.heldOutLoss)
    }
    do {
      if due.contains(.preview) {
        try tolerating("drawing samples") { try withAverage { try preview(shouldStop) } }
        due.remove(.preview)
      }
      if due.contains(.scores) {
        try tolerating("scoring pictures") { try withAverage { try score(shouldStop) } }
        due.remove(.scores)
      }
    } catch let error as PeregrineError where error.code == .interrupted {}
  }

  /// Runs `body` with the averaged weights and counts its time as evaluation.
  private func withAverage(_ body: () throws -> Void) throws {
    session.progress.clock.start(.evaluation)
    try session.average.withAveragedParameters { try withoutGradients(body) }
  }

  /// Turns a failure into a warning, because nothing of the training depends on `body`.
  private func tolerating(_ doing: String, _ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as PeregrineError where error.code == .interrupted {
      throw error
    } catch {
      onEvent(
        .warned(
          PeregrineError(
            .failure, doing: "\(doing) at \(session.progress.images) images",
            found: "an error", advice: "Training goes on without.", cause: error)))
    }
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

  private func preview(_ shouldStop: () -> Bool) throws {
    let grid = try PreviewGrid(of: session, in: run.layout, shouldStop: shouldStop)
    let file = run.layout.grid(atImages: session.progress.images)
    try AtomicFile.write(grid.png, to: file)
    log.record(grid, path: run.layout.path(of: file), at: session.progress)
    onEvent(.drew(file))
  }

  /// Draws and scores pictures.
  private func score(_ shouldStop: @escaping () -> Bool) throws {
    guard let scoring else { return }
    let description = session.source.description
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
    log.record(result.record.scores, count: result.count, at: session.progress)
    onEvent(.scored(result, folder))
  }
}
