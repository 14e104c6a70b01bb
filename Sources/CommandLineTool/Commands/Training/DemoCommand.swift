import ArgumentParser
import Datasets
import Diagnostics
import Foundation
import Pictures
import Reports
import RunFiles
import Runs
import Samples
import Scores
import Telemetry
import Tensors

struct DemoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Trains on built-in pictures, samples, scores and writes a report; a few minutes.",
    discussion: """
      Trains the recipe `demo` on Shapes, draws 200 pictures of asked-for classes, and lets an
      analytic reader say what they show. The same command resumes, or only scores a finished run.

      Examples:
        peregrine demo
        peregrine demo --out runs/again --set training.seed=1
      """)

  @OptionGroup var settings: RecipeSettings

  @Option(help: ArgumentHelp("The run folder.", valueName: "folder"))
  var out = "runs/demo"

  @Flag(help: "Print the score as JSON.")
  var json = false

  /// Enough for a 95 % interval of about ±4 percentage points at an accuracy of 90 %.
  private static let scoredPictures = 200
  private static let shownPictures = 64
  private static let batch = 50

  func run() throws {
    let layers = try settings.layers(over: Installation.recipe("demo"))
    let run = RunLayout(URL(fileURLWithPath: out))
    if try TrainingRun(layers, run: run).train() == .interrupted { throw ExitCode(75) }
    let trained = try TrainedRun(run, device: Device(named: layers.resolved().training.device))
    let (pictures, labels) = try draw(trained)
    let score = try ShapesScore(
      readings: pictures.map(ShapesReader().read), askedClasses: labels)
    let grid = run.pictures
    try Picture.grid(Array(pictures.prefix(Self.shownPictures)), columns: 8)
      .upscaled(by: 2).write(png: grid)
    try record(score, of: trained)
    try RunReport.write(for: run, extra: run.facts())
    if json { return try Terminal.say(json: score) }
    let accuracy = score.accuracy
    Terminal.say(
      "class accuracy  \(percent(accuracy.value)), 95 % interval \(percent(accuracy.low)) to \(percent(accuracy.high)), \(accuracy.count) pictures"
    )
    for row in score.classes {
      Terminal.say(
        "  \(row.name.padding(toLength: 12, withPad: " ", startingAt: 0))  \(percent(row.accuracy.value))"
      )
    }
    Terminal.say("pictures        \(grid.path)")
    Terminal.say("report          \(run.report.path)")
  }

  private func draw(_ trained: TrainedRun) throws -> ([Picture], [Int]) {
    let classes = trained.data.summary.classNames.count
    let display = ProgressDisplay(
      total: Self.scoredPictures, unit: "pictures", batch: Self.batch)
    var pictures: [Picture] = []
    try trained.sampling.draw(
      Array(0..<Self.scoredPictures), condition: { Condition(label: $0 % classes) },
      by: trained.drawing().generator, seed: 1, batchSize: Self.batch
    ) { _, picture in
      pictures.append(picture)
      display.update(done: pictures.count)
      return true
    }
    display.finish()
    return (pictures, pictures.indices.map { $0 % classes })
  }

  /// Adds the score to the run's log, once per checkpoint.
  private func record(_ score: ShapesScore, of trained: TrainedRun) throws {
    let name = "class accuracy"
    let images = trained.images
    let known = try MetricsLog.read(trained.folder.metrics)
    if known.contains(where: { $0.kind == .score && $0.images == images && $0.name == name }) {
      return
    }
    let drawn = try trained.drawing().protocolFields.map { ($0.name, $0.value) }
    try MetricsLog(url: trained.folder.metrics).append(
      MetricRecord(
        kind: .score, images: images, step: known.map(\.step).max() ?? 0, name: name,
        value: score.accuracy.value, low: score.accuracy.low, high: score.accuracy.high,
        count: score.accuracy.count,
        protocolRecord: [
          "reader": "ShapesReader version \(score.protocolRecord.readerVersion)",
          "least confidence": "\(score.protocolRecord.leastConfidence)",
          "labels": "every class in turn", "weights": "ema", "seed": "1",
        ].merging(drawn) { $1 }))
  }

  private func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }
}
