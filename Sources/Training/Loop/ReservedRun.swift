import Diagnostics
import Encoding
import FileAccess
import Foundation
import Recipes
import RunFiles
import Runs
import Telemetry
import Tensors

/// A run folder that is locked for one training and belongs to its recipe.
final class ReservedRun {
  /// The folder.
  let layout: RunLayout
  private let layers: RecipeLayers
  private let lock: RunLock

  /// The keys that may change when a run is resumed.
  private static let changeable: Set<String> = [
    "training.images", "training.threads", "training.device", "data.workers",
    "schedule.keep_checkpoints",
    "schedule.keep_every_images", "schedule.checkpoint_every_images",
    "schedule.snapshot_every_images",
  ]

  /// Locks the folder and checks that it belongs to the recipe.
  ///
  /// - Throws: ``PeregrineError`` `.busy` if another process trains in the folder, `.usage` if it
  ///   contains a run of another recipe.
  init(_ layout: RunLayout, for layers: RecipeLayers) throws {
    self.layout = layout
    self.layers = layers
    lock = try layout.lock()
    guard layout.hasRun else { return }
    let differences = layers.differences(
      from: try RecipeLayers(file: layout.recipe), ignoring: Self.changeable)
    guard differences.isEmpty else {
      throw PeregrineError(
        .usage, doing: "resuming the run `\(layout.url.path)`",
        found: "another recipe (\(differences.joined(separator: "; ")))",
        expected: "the recipe it was started with",
        advice: "Use the same recipe and `--set` options, or choose another `--out`.")
    }
  }

  /// Writes the records of data, environment and recipe.
  func describe(_ data: DataDescription, device: Device, packageRoot: URL?) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(encoder.encode(data), to: layout.data)
    let environment = EnvironmentRecord.capture(
      libraries: Runtime.versions, device: device.description, threads: Runtime.threadCount,
      packageRoot: packageRoot)
    try AtomicFile.write(encoder.encode(environment), to: layout.environment)
    // The recipe is written last, because a folder with a recipe counts as a run.
    try AtomicFile.write(Data(layers.yaml().utf8), to: layout.recipe)
  }
}
