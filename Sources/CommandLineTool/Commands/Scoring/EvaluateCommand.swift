import ArgumentParser
import Datasets
import Diagnostics
import Evaluation
import Foundation
import Reports
import RunFiles
import Runs
import Scores
import Telemetry
import Tensors

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Scores a run or pictures against a reference, with the protocol of each score.",
    discussion: """
      SUBJECT is a training run, from which pictures are drawn first; a folder
      of PNG, JPEG or WebP files; a dataset; or an .npz as the ADM evaluator takes it.
      Drawn pictures and all features are kept, so the same command goes on
      where it stopped. Writes NAME.json and NAME.html, for a run below its
      folder scores/.

      Examples:
        peregrine evaluate runs/first --count 5000 --against photos/ --size 256 \\
          --features inception --weights pt_inception.pth
        peregrine evaluate out/ --against data/test --metrics kid --out scores/ \\
          --features mobilenet-v2@128 --weights mobilenet.safetensors
        peregrine evaluate samples.npz --against VIRTUAL_imagenet256_labeled.npz \\
          --metrics fd,sfid,is --features inception-adm --weights pt_inception.pth
      """)

  @Argument(help: "A run, a folder of pictures, a dataset or an .npz.")
  var subject: String

  @OptionGroup(title: "Scores") var reference: ReferenceOption

  @OptionGroup(title: "Scores") var options: EvaluationOptions

  @Option(
    help: "How many pictures to score, \(Bounds.pictures.words). Default: all; of a run 5000.")
  var count: Int?

  @OptionGroup(title: "Pictures of a run") var sampling: SamplingOptions

  @Option(
    help:
      "Classes: balanced (each in turn), uniform (at random), reference (as often as there). Default: balanced."
  )
  var labels: LabelPolicy?

  @Option(help: "The seed of the noise. Default: 0.")
  var seed: UInt64?

  @OptionGroup var weights: CheckpointOptions

  @OptionGroup(title: "Work") var work: Work

  /// How the work is done.
  struct Work: ParsableArguments {
    @Option(help: "Pictures per forward pass while drawing from a run, \(Bounds.batch.words).")
    var batch = 64

    @Option(help: "auto (a GPU if any), cpu, cuda or cuda:N.")
    var device = "auto"

    @Option(
      help: ArgumentHelp(
        "The folder for scores and page. Default: the run's; without a run, none is written.",
        valueName: "folder"))
    var out: String?

    @Flag(help: "Print the scores with their protocol as JSON.")
    var json = false
  }

  func validate() throws {
    try Bounds.pictures.require(count, of: "--count")
    try Bounds.batch.require(work.batch, of: "--batch")
  }

  func run() throws {
    let run = RunLayout(URL(fileURLWithPath: subject))
    if !run.hasRun { try refuseOptionsOfRuns() }
    let device = try Device(named: work.device)
    Heartbeat.begin("opening the reference and the networks")
    let evaluator = try options.evaluator(against: reference.against, device: device)
    let progress = StageDisplay(batch: work.batch)
    let (result, folder) =
      run.hasRun
      ? try scoreRun(run, evaluator, device, progress) : try scorePictures(evaluator, progress)
    progress.finish()
    if let folder = work.out.map({ URL(fileURLWithPath: $0) }) ?? folder {
      let page = try ScoresOnDisk.write(result, title: run.name, to: folder)
      Terminal.complain("page            \(page.path)")
    }
    if work.json { return try Terminal.say(json: result.record) }
    for line in ScoreTable.lines(result.record) { Terminal.say(line) }
  }

  /// Rejects options that say how pictures are drawn, where none are.
  private func refuseOptionsOfRuns() throws {
    let given =
      sampling.given + weights.given + (labels.map { _ in ["labels"] } ?? [])
      + (seed.map { _ in ["seed"] } ?? [])
    guard !given.isEmpty else { return }
    throw PeregrineError(
      .usage, doing: "scoring `\(subject)`, which is not a run",
      found: given.map { "`--\($0)`" }.joined(separator: ", "),
      expected: "no option for the pictures that a run draws",
      advice: "Given pictures are scored as they are: leave it out, or name the folder of a run.")
  }

  private func scoreRun(
    _ run: RunLayout, _ evaluator: Evaluator, _ device: Device, _ progress: StageDisplay
  ) throws -> (EvaluationResult, URL?) {
    let trained = try weights.load(run, device: device)
    var scoring = try RunEvaluator(evaluator, drawing: sampling.drawing(trained.layers))
    scoring.labels = labels ?? .balanced
    scoring.count = count ?? 5_000
    scoring.seed = seed ?? 0
    scoring.weightsName = trained.weightsName
    scoring.batchSize = work.batch
    return try scoring.score(
      trained.sampling, of: run, classNames: trained.data.summary.classNames,
      images: trained.images, progress: progress.update)
  }

  private func scorePictures(
    _ evaluator: Evaluator, _ progress: StageDisplay
  ) throws -> (EvaluationResult, URL?) {
    let pictures = try openPictures(
      subject, size: options.size, orientation: options.pictures.orientation)
    Terminal.complain(notices: pictures.summary)
    if pictures is PictureFolderDataset {
      try SampleFolder(URL(fileURLWithPath: subject)).requireOneSet()
    }
    return (try evaluator.score(pictures, count: count, progress: progress.update), nil)
  }
}

extension LabelPolicy: ExpressibleByArgument {}
