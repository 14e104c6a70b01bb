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
      Picture i depends on the seed and on i only; other pictures in its batch can
      change the last bit of a pixel. Each PNG carries the command that makes it
      again, with its batch: peregrine inspect PICTURE.
      A folder takes one set of pictures. The same command goes on where it
      stopped; a set with other settings is refused, or replaces with --replace.

      Examples:
        peregrine sample runs/demo --count 64 --out out/
        peregrine sample runs/first --classes 3,7 --count 16 --guidance 2 --out out/
        peregrine sample runs/first --accelerate softcap --budget 40% --out out/
        peregrine sample runs/first --count 5000 --out out/ --npz samples.npz
        peregrine sample runs/first --classes airplanes,none --seed 7 --out out/
        peregrine sample runs/first --only 5 --out again/
      """)

  @Argument(help: ArgumentHelp("The folder of a training run.", valueName: "run"))
  var trainedRun: String

  @Option(help: ArgumentHelp("The folder for the pictures.", valueName: "folder"))
  var out: String

  @Flag(help: "Remove the pictures of another set from the folder.")
  var replace = false

  @Option(
    help: ArgumentHelp(
      "Classes to draw in turn, by name or number, separated by commas; none is no class. Default: all.",
      discussion: "A class named like a number goes first; number:3 and name:3 say which is meant.")
  )
  var classes: String?

  @Option(help: "How many pictures, \(Bounds.pictures.words).")
  var count = 16

  @Option(help: "The index of the first picture under the seed, \(Bounds.images.words).")
  var first = 0

  @Option(
    help: ArgumentHelp(
      "Write only these pictures, by index, but draw the whole batches that they belong to.",
      valueName: "indices"))
  var only: String?

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
    for index in try onlyIndices ?? [] where !(first..<first + count).contains(index) {
      throw ValidationError("--only \(index) is not one of the \(count) pictures from \(first) on.")
    }
  }

  private var onlyIndices: [Int]? {
    get throws {
      try only.map { text in
        try text.split(separator: ",", omittingEmptySubsequences: false).map { word in
          if let index = Int(word.filter { $0 != " " }) { return index }
          throw ValidationError("--only must be indices of pictures, separated by commas: 5,12.")
        }
      }
    }
  }

  func run() throws {
    try engine.apply()
    let trained = try weights.load(
      RunLayout(URL(fileURLWithPath: trainedRun)), device: Device(named: device))
    let set = SampleRecord(
      self, trained, try sampling.drawing(trained.layers),
      try ClassList(classes, names: trained.data.summary.classNames))
    try set.labels.check(labelDrop: trained.recipe.objective.labelDrop)
    set.trained.keepCheckpoint()
    let folder = SampleFolder(URL(fileURLWithPath: out))
    let drawn = try folder.prepare(for: set.provenance(of: first), replacing: replace)
    let wanted = try onlyIndices ?? Array(first..<first + count)
    let missing = try Set(wanted).filter { index in
      try drawn[name(of: index)].map { try $0 != set.provenance(of: index) } ?? true
    }
    guard try draw(missing, of: set, into: folder.url) else {
      Terminal.complain("Interrupted; the same command goes on from here.")
      throw ExitCode(75)
    }
    let pictures = wanted.map { folder.url.appendingPathComponent(name(of: $0)) }
    let grid = only == nil ? try writeGrid(pictures, of: set, into: folder.url) : nil
    if let npz { try write(pictures, wanted, set.labels, npz: URL(fileURLWithPath: npz)) }
    if json {
      var files = ["pictures": pictures.map(\.path)]
      files["grid"] = grid.map { [$0.path] }
      return try Terminal.say(json: files)
    }
    for file in grid.map({ [$0] }) ?? pictures { Terminal.say(file.path) }
  }

  private func name(of index: Int) -> String { String(format: "%06d.png", index) }

  /// Draws the batches of some pictures and writes these; returns whether all were drawn.
  private func draw(_ wanted: Set<Int>, of set: SampleRecord, into folder: URL) throws -> Bool {
    let batches = stride(from: first, to: first + count, by: batch)
      .map { $0..<min($0 + batch, first + count) }
      .filter { $0.contains(where: wanted.contains) }
    guard !batches.isEmpty else { return true }
    let interruption = Interruption()
    let total = batches.reduce(0) { $0 + $1.count }
    let display = ProgressDisplay(total: total, unit: "pictures", batch: self.batch)
    var done = 0
    for batch in batches where !interruption.isRequested {
      try set.trained.sampling.draw(
        Array(batch), condition: set.labels.condition(of:), by: set.drawing.generator, seed: seed,
        batchSize: batch.count
      ) { index, picture in
        if wanted.contains(index) {
          try picture.write(
            png: folder.appendingPathComponent(name(of: index)),
            text: set.provenance(of: index).textChunks)
        }
        done += 1
        display.update(done: done)
        return !interruption.isRequested
      }
    }
    display.finish()
    if let share = set.drawing.computedShare, done > 0 {
      Terminal.complain(
        "computed        \(Readable.number(100 * share)) % of the blocks' arithmetic")
    }
    return done == total
  }

  private static let shownPictures = 64

  /// Writes the overview of the first pictures.
  private func writeGrid(_ files: [URL], of set: SampleRecord, into folder: URL) throws -> URL {
    let pictures = try files.prefix(Self.shownPictures).map { try Picture(contentsOf: $0) }
    let square = Int(Double(pictures.count).squareRoot().rounded(.up))
    // One column per class, if that gives a reasonable width.
    let classes = set.labels.count
    let columns = (2...12).contains(classes) ? min(classes, pictures.count) : square
    let url = folder.appendingPathComponent("grid.png")
    var record = try set.provenance(of: first)
    record.command = try set.command()
    try Picture.grid(pictures, columns: columns).write(png: url, text: record.textChunks)
    return url
  }

  /// Writes an `.npz`: `arr_0` with the pictures `[count, height, width, 3]`, `arr_1` with their
  /// classes, where the number of classes is no class. Pictures are read one after another.
  private func write(_ files: [URL], _ indices: [Int], _ labels: ClassList, npz: URL) throws {
    let first = try Picture(contentsOf: files[0])
    let classes = indices.map { Int64(labels.number(of: $0)).littleEndian }
    try NPZFile.write(
      [
        .init(
          "arr_0", shape: [files.count, first.height, first.width, 3], element: .uint8
        ) { put in
          for file in files { try put(Data(Picture(contentsOf: file).pixels)) }
        },
        .init("arr_1", shape: [classes.count], element: .int64) { put in
          try put(classes.withUnsafeBytes { Data($0) })
        },
      ], to: npz)
  }
}
