import Diagnostics
import Foundation
import Recipes
import Runs
import Telemetry
import Tensors

/// The set of pictures that a `sample` command draws, and the record that each of them carries.
struct SampleRecord {
  let trained: TrainedRun
  let drawing: Drawing
  let labels: ClassList
  private let options: SampleCommand

  init(_ options: SampleCommand, _ trained: TrainedRun, _ drawing: Drawing, _ labels: ClassList) {
    (self.options, self.trained) = (options, trained)
    (self.drawing, self.labels) = (drawing, labels)
  }

  /// The record of the picture with an index.
  func provenance(of index: Int) throws -> Provenance {
    let settings = drawing.settings
    var record = try options.sampling.record(trained.layers)
    // These have their own fields.
    for name in ["solver", "steps", "guidance"] { record[name] = nil }
    record["device"] = trained.sampling.device.description
    record["engine"] = Runtime.engine.rawValue
    record["weights"] = trained.weightsName
    record["classes"] = options.classes ?? "all"
    return Provenance(
      command: try command(only: index), run: trained.folder.name, folder: options.trainedRun,
      checkpoint: "\(trained.images)", weightsHash: "sha256:\(trained.weightsSha256)",
      seed: options.seed, index: index, label: labels.label(of: index),
      labelName: labels.name(of: index), solver: settings.solver.rawValue, steps: settings.steps,
      guidance: settings.guidance, settings: record)
  }

  /// The command line that draws the set again, or one picture of it within the same batch, which gives
  /// the same bytes. It writes into another folder and can be pasted into a shell.
  func command(only index: Int? = nil) throws -> String {
    var named: [(name: String, value: String)] = [("checkpoint", "\(trained.images)")]
    if let classes = options.classes { named.append(("classes", classes)) }
    named += [
      ("first", "\(options.first)"), ("count", "\(options.count)"),
      ("batch", "\(options.batch)"), ("seed", "\(options.seed)"),
    ]
    if let index { named.append(("only", "\(index)")) }
    named += try options.sampling.named(trained.layers)
    named += [
      ("device", trained.sampling.device.description), ("engine", Runtime.engine.rawValue),
    ]
    if let length = options.weights.emaLength { named.append(("ema-length", "\(length)")) }
    if let file = options.weights.autoencoder { named.append(("autoencoder", file)) }
    named.append(("out", Self.otherFolder(than: options.out)))
    let run = options.trainedRun
    return ShellCommand.line(
      ["./peregrine", "sample", run.hasPrefix("-") ? "./" + run : run]
        // A value that looks like an option is written as one word with its name.
        + named.flatMap { name, value in
          value.hasPrefix("-") ? ["--\(name)=\(value)"] : ["--\(name)", value]
        })
  }

  /// `out/` becomes `out-again`.
  private static func otherFolder(than folder: String) -> String {
    var name = Substring(folder)
    while name.count > 1, name.last == "/" { name.removeLast() }
    return ["", ".", "..", "/"].contains(URL(fileURLWithPath: folder).lastPathComponent)
      || name.hasSuffix("..") || name == "." ? "\(name)/again" : "\(name)-again"
  }
}
