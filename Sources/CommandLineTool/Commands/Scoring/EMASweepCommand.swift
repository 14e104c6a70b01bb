import ArgumentParser
import Diagnostics
import Foundation
import RunFiles
import Runs
import Scores
import Tensors
import Training

struct EMASweepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ema-sweep",
    abstract: "Finds the best length of a run's average of weights, after training.",
    discussion: """
      Puts averages of several relative lengths together from the snapshots
      that the run stored (optimizer.ema_profiles), and measures each on the
      held-out part, with the draws of training's validation. With --against
      pictures are drawn and scored as well, as evaluate does it.
      The best length is marked; sample and evaluate take it as --ema-length.

      Examples:
        peregrine ema-sweep runs/first
        peregrine ema-sweep runs/first --lengths 0.03,0.05,0.08 --at 102400
        peregrine ema-sweep runs/first --lengths 0.08 --write best.safetensors
        peregrine ema-sweep runs/first --against DATA --metrics kid --count 2000 \\
          --features mobilenet-v2@128 --weights mobilenet.safetensors
      """)

  @Argument(help: ArgumentHelp("The folder of a training run.", valueName: "run"))
  var trainedRun: String

  @Option(help: "Relative lengths, separated by commas; each from 0.001 to below 0.2886.")
  var lengths = "0.02,0.03,0.05,0.07,0.10,0.14,0.20,0.25"

  @Option(
    help: ArgumentHelp(
      "Where the averages end. Default: the newest snapshots.", valueName: "images"))
  var at: Int?

  @Option(
    help: ArgumentHelp(
      "Write the best length's weights as safetensors, named as in ema.safetensors.",
      valueName: "file"))
  var write: String?

  @Option(
    help: ArgumentHelp(
      "Score drawn pictures against this; the first score decides.", valueName: "reference"))
  var against: String?

  @OptionGroup(title: "Scores") var options: EvaluationOptions

  @OptionGroup(title: "Pictures") var sampling: SamplingOptions

  @Option(
    help: "How many pictures to draw for the scores of each length, \(Bounds.pictures.words).")
  var count = 1_000

  @Option(help: "The seed of the noise.")
  var seed: UInt64 = 0

  @Option(help: "auto, cpu, cuda or cuda:N. Default: the recipe's.")
  var device: String?

  @Flag(help: "Print the table as JSON.")
  var json = false

  func validate() throws {
    try Bounds.pictures.require(count, of: "--count")
    if against == nil, let option = sampling.given.first {
      throw ValidationError("--\(option) is for pictures, which are only drawn with --against.")
    }
    guard parsedLengths.allSatisfy({ $0 != nil }), !parsedLengths.isEmpty else {
      throw ValidationError("--lengths must be numbers, separated by commas: 0.05,0.10.")
    }
  }

  private var parsedLengths: [Double?] {
    lengths.split(separator: ",", omittingEmptySubsequences: false)
      .map { Double($0.filter { $0 != " " }) }
  }

  func run() throws {
    Heartbeat.begin("reading the run and its data")
    let sweep = try EMASweep(
      RunLayout(URL(fileURLWithPath: trainedRun)), atImages: at, device: device)
    let scoring = try makeRunEvaluator(sweep)
    let display = StageDisplay()
    var rows: [EMASweep.Row] = []
    for length in parsedLengths.compactMap({ $0 }) {
      Heartbeat.begin("measuring the average of length \(length)")
      rows.append(
        try sweep.measure(sweep.average(length: length), scoring, progress: display.update))
    }
    display.finish()
    let best = EMASweep.best(of: rows)
    if let write, let best {
      try sweep.average(length: rows[best.index].length).write(to: URL(fileURLWithPath: write))
    }
    if json {
      return try Terminal.say(
        json: Report(
          images: sweep.images, rows: rows, best: best.map { rows[$0.index].length },
          decidedBy: best?.column))
    }
    for line in SweepTable.lines(rows, best: best?.index) { Terminal.say(line) }
  }

  private func makeRunEvaluator(_ sweep: EMASweep) throws -> RunEvaluator? {
    guard let against else { return nil }
    let device = try Device(named: device ?? sweep.recipe.training.device)
    var scoring = try RunEvaluator(
      options.evaluator(against: against, device: device), drawing: sampling.drawing(sweep.layers))
    scoring.count = count
    scoring.seed = seed
    return scoring
  }

  /// The JSON of a sweep.
  private struct Report: Encodable {
    let images: Int
    let rows: [EMASweep.Row]
    let best: Double?
    let decidedBy: String?
  }
}
