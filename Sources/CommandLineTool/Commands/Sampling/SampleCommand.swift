import ArgumentParser
import Datasets
import Diagnostics
import FileAccess
import Foundation
import Pictures
import Recipes
import RunFiles
import Runs
import Telemetry
import Tensors

struct SampleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample",
    abstract: "Draws pictures from a trained run.",
    discussion: """
      Picture i depends on the seed and on i only, whatever the batch size.
      Each PNG carries the command that makes it again: peregrine inspect PICTURE.

      Examples:
        peregrine sample runs/demo --count 64 --out out/
        peregrine sample runs/first --classes 3,7 --count 16 --guidance 2 --out out/
        peregrine sample runs/first --accelerate first-block --threshold 0.1 --out out/
        peregrine sample runs/first --count 5000 --out out/ --npz samples.npz
        peregrine sample runs/first --classes airplanes --first 5 --count 1 --seed 7 --out out/
      """)

  @Argument(help: ArgumentHelp("The folder of a training run.", valueName: "run"))
  var trainedRun: String

  @Option(help: ArgumentHelp("The folder for the pictures.", valueName: "folder"))
  var out: String

  @Option(help: "Classes to draw in turn, by number or name, separated by commas. Default: all.")
  var classes: String?

  @Option(help: "How many pictures, \(Bounds.pictures.words).")
  var count = 16

  @Option(help: "The index of the first picture under the seed, \(Bounds.images.words).")
  var first = 0

  @Option(help: "The seed of the noise.")
  var seed: UInt64 = 0

  @OptionGroup(title: "Sampler") var sampling: SamplingOptions

  @OptionGroup var weights: CheckpointOptions

  @Option(
    help: ArgumentHelp(
      "Also write all pictures into one .npz, as the ADM evaluator takes them.", valueName: "file"))
  var npz: String?

  @Option(help: "Pictures per forward pass, \(Bounds.batch.words).")
  var batch = 64

  @Option(help: "auto (a GPU if any), cpu, cuda or cuda:N.")
  var device = "auto"

  @OptionGroup var engine: EngineOptions

  @Flag(help: "Print the list of files as JSON.")
  var json = false

  func validate() throws {
    try Bounds.pictures.require(count, of: "--count")
    try Bounds.images.require(first, of: "--first")
    try Bounds.batch.require(batch, of: "--batch")
  }

  func run() throws {
    try engine.apply()
    let device = try Device(named: self.device)
    let trained = try weights.load(
      RunLayout(URL(fileURLWithPath: trainedRun)), device: device)
    let drawing = try sampling.drawing(trained.layers)
    trained.keepCheckpoint()
    let labels = try ClassList(classes, names: trained.data.summary.classNames)
    let interruption = Interruption()
    let display = ProgressDisplay(total: count, unit: "pictures", batch: batch)
    let folder = URL(fileURLWithPath: out)
    var pictures: [Picture] = []
    var files: [String] = []
    try trained.sampling.draw(
      Array(first..<first + count), condition: labels.condition(of:), by: drawing.generator,
      seed: seed, batchSize: batch
    ) { index, picture in
      let url = folder.appendingPathComponent(String(format: "%06ld.png", index))
      let record = try provenance(of: index, labels, drawing, trained)
      try picture.write(png: url, text: record.textChunks)
      pictures.append(picture)
      files.append(url.path)
      display.update(done: pictures.count)
      return !interruption.isRequested
    }
    display.finish()
    if let share = drawing.computedShare {
      Terminal.complain(
        "computed        \(Readable.number(100 * share)) % of the blocks' arithmetic")
    }
    let square = Int(Double(pictures.count).squareRoot().rounded(.up))
    // One column per class, if that gives a reasonable width.
    let columns = (2...12).contains(labels.count) ? min(labels.count, pictures.count) : square
    let grid = folder.appendingPathComponent("grid.png")
    var text = try provenance(of: first, labels, drawing, trained).textChunks
    text["peregrine:command"] = try command(count: count, classes: labels.text, trained)
    try Picture.grid(pictures, columns: columns).write(png: grid, text: text)
    if interruption.isRequested { throw ExitCode(75) }
    if let npz { try write(pictures, labels, npz: URL(fileURLWithPath: npz)) }
    if json {
      try Terminal.say(json: ["grid": [grid.path], "pictures": files])
    } else {
      Terminal.say(grid.path)
    }
  }

  /// Writes an `.npz`: `arr_0` with the pictures `[count, height, width, 3]`, `arr_1` with their
  /// classes.
  private func write(_ pictures: [Picture], _ labels: ClassList, npz: URL) throws {
    let shape = [pictures.count, pictures[0].height, pictures[0].width, 3]
    let classes = (first..<first + pictures.count).map { Int64(labels.label(of: $0)).littleEndian }
    try NPZFile.write(
      [
        .init("arr_0", shape: shape, element: .uint8) { put in
          for picture in pictures { try put(Data(picture.pixels)) }
        },
        .init("arr_1", shape: [classes.count], element: .int64) { put in
          try put(classes.withUnsafeBytes { Data($0) })
        },
      ], to: npz)
  }

  private func provenance(
    of index: Int, _ labels: ClassList, _ drawing: Drawing, _ trained: TrainedRun
  ) throws -> Provenance {
    let label = labels.label(of: index)
    let settings = drawing.settings
    var record = try sampling.record(trained.layers)
    record["device"] = try Device(named: device).description
    // These have their own fields.
    for name in ["solver", "steps", "guidance"] { record[name] = nil }
    return Provenance(
      command: try command(count: 1, classes: "\(label)", trained, first: index),
      run: trained.folder.name,
      checkpoint: "\(trained.images)", weightsHash: "sha256:\(trained.weightsSha256)",
      seed: seed, index: index, label: label,
      labelName: label < trained.data.summary.classNames.count
        ? trained.data.summary.classNames[label] : nil,
      solver: settings.solver.rawValue, steps: settings.steps, guidance: settings.guidance,
      settings: record)
  }

  /// The command line that reproduces the pictures; file names are quoted if a shell needs it.
  private func command(count: Int, classes: String, _ trained: TrainedRun, first: Int? = nil)
    throws -> String
  {
    var words = [
      "./peregrine", "sample", trainedRun, "--checkpoint", "\(trained.images)",
      "--classes",
      classes, "--first", "\(first ?? self.first)", "--count", "\(count)", "--seed", "\(seed)",
    ]
    words +=
      try sampling.words(trained.layers) + [
        "--device", Device(named: device).description, "--out", out,
      ]
    if let length = weights.emaLength { words += ["--ema-length", "\(length)"] }
    if let autoencoder = weights.autoencoder { words += ["--autoencoder", autoencoder] }
    return words.map(Self.shellQuoted).joined(separator: " ")
  }

  private static func shellQuoted(_ word: String) -> String {
    let plain = word.allSatisfy { $0.isLetter || $0.isNumber || "_-+./:,=".contains($0) }
    return plain && !word.isEmpty
      ? word : "'" + word.replacingOccurrences(of: "'", with: "'\\''") + "'"
  }
}
