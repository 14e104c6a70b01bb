import ArgumentParser
import Diagnostics
import Foundation
import Recipes
import Reports
import RunFiles
import Telemetry
import Training

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Trains a recipe; the same command resumes.",
    discussion: """
      Ctrl-C finishes the step, writes a checkpoint and exits with status 75.
      Running the same command again goes on exactly where it stopped.

      Examples:
        peregrine train photos --set data.path=photos/ \\
          --set data.autoencoder_weights=taef2.safetensors --out runs/photos
        peregrine train recipes/demo.yaml --out runs/demo
        peregrine train caltech64-taef2 --set data.path=CACHE --out runs/first
        peregrine train sit-s1-latent --set data.path=CACHE --dry-run
      """)

  @Argument(help: "A recipe file, or the name of a built-in recipe.")
  var recipe: String

  @OptionGroup var settings: RecipeSettings

  @Option(
    help: ArgumentHelp("The run folder. Default: runs/ and the recipe's name.", valueName: "folder")
  )
  var out: String?

  @OptionGroup var engine: EngineOptions

  @Flag(
    help:
      "Print the resolved recipe and what it will cost, measured over a few steps; train nothing.")
  var dryRun = false

  @Flag(help: "With --dry-run: print the costs as JSON.")
  var json = false

  func validate() throws {
    if json, !dryRun { throw ValidationError("--json goes with --dry-run.") }
  }

  func run() throws {
    try engine.apply()
    let file = try Installation.recipe(recipe)
    let layers = try settings.layers(over: file)
    if dryRun { return try estimate(layers) }
    let name = file.deletingPathExtension().lastPathComponent
    let run = RunLayout(URL(fileURLWithPath: out ?? "runs/\(name)"))
    let outcome = try TrainingRun(layers, run: run).train()
    if outcome == .interrupted { throw ExitCode(75) }
    Terminal.say(run.report.path)
  }

  private func estimate(_ layers: RecipeLayers) throws {
    guard try !layers.needsEncoding() else {
      throw PeregrineError(
        .usage, doing: "estimating the costs", found: "pictures that are encoded before training",
        expected: "latents",
        advice: "Encode them with `peregrine encode`, and set `data.path` to the cache.")
    }
    let layers = try layers.fittedToData()
    let recipe = try layers.resolved()
    let estimate = try TrainingEstimate.measure(recipe)
    if json { return try Terminal.say(json: estimate) }
    Terminal.say(layers.yaml())
    let shape = estimate.data.itemShape.dimensions.map(String.init).joined(separator: " x ")
    let rows = [
      ("data", "\(estimate.data.name): \(Readable.count(estimate.data.count)) items of \(shape)"),
      ("parameters", Readable.count(estimate.parameters)),
      ("training FLOPs per image", Readable.quantity(estimate.flopsPerImage, "FLOP")),
      ("speed", "\(Readable.number(estimate.imagesPerSecond, digits: 3)) images/s, measured"),
      ("device", estimate.device),
      ("training time", Readable.duration(estimate.trainSeconds)),
      ("peak memory", Readable.bytes(estimate.peakMemoryBytes)),
      ("checkpoint", Readable.bytes(estimate.checkpointBytes)),
      ("disk", Readable.bytes(estimate.diskBytes)),
    ]
    for (name, value) in rows {
      Terminal.say(name.padding(toLength: 26, withPad: " ", startingAt: 0) + value)
    }
    let time = RemainingTime(
      imagesPerSecond: estimate.imagesPerSecond, imagesSeen: 0,
      totalImages: recipe.training.images, device: estimate.device)
    if let notice = time.notice { Terminal.complain(notice) }
  }
}
