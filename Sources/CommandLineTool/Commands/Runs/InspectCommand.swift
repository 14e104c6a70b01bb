import ArgumentParser
import Datasets
import Diagnostics
import Encoding
import Foundation
import Nets
import Pictures
import Recipes
import RunFiles
import Runs
import Telemetry
import Tensors

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Tells what is inside a picture, a weights file, a cache or a run.",
    discussion: """
      For a picture made by sample it prints the command that makes it again.

      Examples:
        peregrine inspect out/000005.png
        peregrine inspect runs/demo
        peregrine inspect weights.pth
      """)

  @Argument(help: "A PNG, .safetensors, .pt or .pth file, a run folder or a latent cache.")
  var path: String

  @Flag(help: "Print as JSON.")
  var json = false

  func run() throws {
    let url = URL(fileURLWithPath: path)
    let fields = try describe(url)
    if json {
      return try Terminal.say(json: Dictionary(fields, uniquingKeysWith: { $1 }))
    }
    let width = min(48, (fields.map(\.0.count).max() ?? 0) + 2)
    for (name, value) in fields {
      let (name, value) = (Readable.text(name), Readable.text(value))
      Terminal.say(
        name.count >= width
          ? "\(name)  \(value)" : name.padding(toLength: width, withPad: " ", startingAt: 0) + value
      )
    }
  }

  private func describe(_ url: URL) throws -> [(String, String)] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
      throw PeregrineError(
        .missingInput, doing: "inspecting `\(path)`", found: "nothing of that name")
    }
    if isFolder.boolValue { return try describeFolder(url) }
    switch url.pathExtension.lowercased() {
    case "png":
      let text = try Picture.pngText(in: Data(contentsOf: url), name: path)
      let weights = (try? Provenance(textChunks: text)).map { [("weights", $0.stateOfWeights)] }
      return text.isEmpty
        ? [("text", "none")] : text.sorted { $0.key < $1.key }.map { ($0, $1) } + (weights ?? [])
    case "safetensors":
      let file = try SafetensorsFile(url)
      let metadata = file.metadata.sorted { $0.key < $1.key }.map { ("metadata \($0)", $1) }
      return metadata
        + orNone(
          file.names.compactMap { name in
            file.entries[name].map { entry in
              (name, "\(entry.shape) \(entry.dtype.map { "\($0)" } ?? entry.type)")
            }
          })
    case "pt", "pth", "th", "bin", "ckpt":
      let archive = try TorchArchive(path: path)
      return orNone(
        archive.tensors.map { ($0.name, "\($0.tensor.shape) \($0.tensor.dtype)") }
          + archive.unreadable.map { ($0.name, $0.type) })
    default:
      throw PeregrineError(
        .usage, doing: "inspecting `\(path)`", found: "a file ending in `.\(url.pathExtension)`",
        expected: "a PNG, .safetensors, .pt or .pth file, or a folder")
    }
  }

  /// The tensors of a file, or a line that there are none.
  private func orNone(_ tensors: [(String, String)]) -> [(String, String)] {
    tensors.isEmpty ? [("tensors", "none")] : tensors
  }

  private func describe(_ cached: CachedFeatures?) -> [(String, String)] {
    guard let cached else { return [("features", "none")] }
    let features = cached.features
    let state = cached.isComplete ? "" : " (unfinished: \(cached.rows) rows)"
    return [
      ("features", features.network + state), ("feature shape", "\(features.shape)"),
      ("feature weights", "sha256:\(features.weightsSha256)"), ("feature input", features.input),
      ("feature cost", cached.costText),
    ]
  }

  private func describeFolder(_ url: URL) throws -> [(String, String)] {
    let run = RunLayout(url)
    if run.hasRun {
      let data = try DataDescription(of: run)
      let checkpoints = run.finishedCheckpoints().map { "\($0.images)" }
      return [
        ("run", run.name), ("model", try RecipeLayers(file: run.recipe).resolved().model.preset),
        ("data", data.summary.name), ("autoencoder", data.latents?.autoencoder ?? "none"),
        (
          "checkpoints (images)", checkpoints.isEmpty ? "none" : checkpoints.joined(separator: ", ")
        ),
        ("report", run.report.path),
      ]
    }
    let dataset = try openDataset(path, size: nil)
    let summary = dataset.summary
    Terminal.complain(notices: summary)
    let facts: [(String, String)] = [
      ("dataset", summary.name), ("kind", summary.kind), ("items", "\(summary.count)"),
      ("item shape", "\(summary.itemShape)"), ("classes", "\(summary.classNames.count)"),
      ("fingerprint", summary.fingerprint),
    ]
    if let shape = summary.pictureShape { return facts + [("pictures", "\(shape)")] }
    guard let cache = dataset as? LatentCacheDataset else { return facts }
    let header = cache.header
    return facts + [
      ("autoencoder", header.autoencoder.name),
      ("autoencoder weights", "sha256:\(header.autoencoder.weightsSha256)"),
      ("posterior", header.posterior.text), ("mirrored", "\(header.mirrored)"),
    ] + describe(cache.features)
  }
}
