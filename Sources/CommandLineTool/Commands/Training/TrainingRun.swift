import Diagnostics
import Evaluation
import Foundation
import Recipes
import Reports
import RunFiles
import Runs
import Telemetry
import Training

/// Trains interactively: shows progress, listens for Ctrl-C, writes the report at the end.
struct TrainingRun {
  let layers: RecipeLayers
  let run: RunLayout

  init(_ layers: RecipeLayers, run: RunLayout) {
    self.layers = layers
    self.run = run
  }

  /// Trains to the end or until interrupted.
  func train() throws -> TrainingOutcome {
    let interruption = Interruption()
    let layers = try encodingPictures(interruption)
    var display: ProgressDisplay?
    var evaluation: StageDisplay?
    Heartbeat.begin("reading the data and building the model")
    let trainer = try Trainer(layers, run: run, packageRoot: Installation.root) { event in
      switch event {
      case .started(let start):
        for notice in start.notices { Terminal.complain("note: \(notice)") }
        Terminal.complain(Self.headline(start, run))
        Heartbeat.begin("training")
        display = ProgressDisplay(
          total: start.totalImages, unit: "images", startedAt: start.imagesSeen)
      case .paced(let time):
        if let notice = time.notice { Terminal.complain(notice) }
      case .stepped(let images):
        // The last step is shown with its record.
        if let display, images < display.total { display.update(done: images) }
      case .logged(let record):
        Self.show(record, on: display)
      case .drew(let url):
        Terminal.complain("  samples  \(url.path)")
        display?.skipPause()
      case .evaluating(let stage, let done, let total):
        evaluation = evaluation ?? StageDisplay()
        _ = evaluation?.update(stage, done: done, total: total)
        display?.skipPause()
      case .scored(let result, let folder):
        evaluation?.finish()
        evaluation = nil
        Self.show(result, in: folder, of: run, on: display)
      case .saved(let checkpoint):
        Terminal.complain("  saved    \(checkpoint.url.path)")
        display?.skipPause()
      case .warned(let error):
        display?.finish()
        Terminal.complain("warning: \(error)")
      }
    }
    let outcome = try trainer.train { interruption.isRequested }
    display?.finish()
    Heartbeat.begin("writing the report")
    try RunReport.write(for: run, extra: run.facts())
    if outcome == .interrupted {
      Terminal.complain("Interrupted; the same command goes on from here.")
    }
    return outcome
  }

  /// The layers with latents as data, where the recipe names an autoencoder for pictures.
  private func encodingPictures(_ interruption: Interruption) throws -> RecipeLayers {
    var display: ProgressDisplay?
    defer { display?.finish() }
    return try layers.encodingPictures(for: run, onOpening: Terminal.complain(notices:)) {
      done, total in
      display = display ?? ProgressDisplay(total: total, unit: "pictures encoded", startedAt: done)
      display?.update(done: done)
      return !interruption.isRequested
    }
  }

  private static func headline(_ start: TrainingStart, _ run: RunLayout) -> String {
    let shape = start.data.itemShape.dimensions.map(String.init).joined(separator: " x ")
    let data =
      "\(start.data.name) (\(Readable.count(start.data.count)) items of \(shape), "
      + "\(start.data.classNames.count) classes)"
    let from =
      start.imagesSeen == 0 ? "" : ", resuming at \(Readable.count(start.imagesSeen)) images"
    return "Training \(Readable.count(start.parameterCount)) parameters on \(data)\(from)"
  }

  /// Writes the page of an evaluation. A failure here must not end the training.
  private static func show(
    _ result: EvaluationResult, in folder: URL, of run: RunLayout, on display: ProgressDisplay?
  ) {
    for score in result.record.scores { Terminal.complain("  \(score)") }
    do {
      Terminal.complain(
        "  scores   \(try ScoresOnDisk.write(result, title: run.name, to: folder).path)")
    } catch {
      Terminal.complain("warning: \(PeregrineError.words(for: error))")
    }
  }

  private static func show(_ record: MetricRecord, on display: ProgressDisplay?) {
    switch record.kind {
    case .train:
      display?.update(
        done: record.images, loss: record.loss, gradientNorm: record.gradientNorm,
        memoryBytes: record.memoryBytes)
    case .validation:
      Terminal.complain(
        "  held-out loss \(Readable.number(record.loss ?? .nan)) "
          + "at \(Readable.count(record.images)) images")
      display?.skipPause()
    default:
      break
    }
  }
}
