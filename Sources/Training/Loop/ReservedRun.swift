import Diagnostics
import Encoding
import FileAccess
import Foundation
import Recipes
import RunFiles
import Runs
import Telemetry
import Tensors

/// A run folder that one training has to itself, and that is of its recipe and of its data.
final class ReservedRun {
  /// The folder.
  let layout: RunLayout
  private let layers: RecipeLayers
  private let lock: RunLock

  /// Keys that a resumed run may change without becoming another run.
  private static let changeable: Set<String> = [
    "training.images", "training.threads", "data.workers", "schedule.keep_checkpoints",
    "schedule.keep_every_images", "schedule.checkpoint_every_images",
    "schedule.snapshot_every_images",
  ]

  /// Locks the folder.
  ///
  /// - Throws: ``PeregrineError`` `.busy` when another process trains there, `.usage` when it holds a run
  ///   of another recipe.
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

  /// Writes down data, environment and recipe.
  func describe(_ data: DataDescription, device: Device, packageRoot: URL?) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(encoder.encode(data), to: layout.data)
    let environment = EnvironmentRecord.capture(
      libraries: Runtime.versions, device: device.description, threads: Runtime.threadCount,
      packageRoot: packageRoot)
    try AtomicFile.write(encoder.encode(environment), to: layout.environment)
    // The recipe comes last: a folder with a recipe is a run.
    try AtomicFile.write(Data(layers.yaml().utf8), to: layout.recipe)
  }
}
