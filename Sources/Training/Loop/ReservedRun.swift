import Datasets
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
  private let lock: FolderLock

  /// The keys that may change when a run is resumed.
  private static let changeable: Set<String> = [
    "training.images", "training.threads", "training.device", "data.workers",
    "schedule.keep_checkpoints",
    "schedule.keep_every_images", "schedule.checkpoint_every_images",
    "schedule.snapshot_every_images", "schedule.preview_every_images",
    "schedule.evaluate_every_images", "data.autoencoder_weights",
  ]
  /// The sections that may change: they only say what is drawn and scored.
  private static let changeableSections = ["preview.", "evaluation."]

  /// Locks the folder and checks that it belongs to the recipe.
  ///
  /// - Throws: ``PeregrineError`` `.busy` if another process trains in the folder, `.usage` if it
  ///   contains a run of another recipe or files that are not of a run, `.badData` if a record of
  ///   the run is missing or damaged.
  init(_ layout: RunLayout, for layers: RecipeLayers) throws {
    self.layout = layout
    self.layers = layers
    if !layout.hasRun { try Self.requireFree(layout, layers) }
    lock = try layout.lock()
    layout.sweep()
    try Self.requireRecords(of: layout)
    guard layout.hasRun else { return }
    let changeable = Self.changeable.union(
      layers.entries.keys.filter { key in
        Self.changeableSections.contains { key.hasPrefix($0) }
      })
    let differences = layers.differences(
      from: try RecipeLayers(file: layout.recipe), ignoring: changeable)
    guard differences.isEmpty else {
      throw PeregrineError(
        .usage, doing: "resuming the run `\(layout.url.path)`",
        found: "another recipe (\(differences.joined(separator: "; ")))",
        expected: "the recipe it was started with",
        advice: "Use the same recipe and `--set` options, or choose another `--out`.")
    }
  }

  /// Rejects a folder for a new run that contains other files, or is inside the data.
  static func requireFree(_ layout: RunLayout, _ layers: RecipeLayers) throws {
    let folder = OutputFolder(layout.url, doing: "starting a run in `\(layout.url.path)`")
    try folder.requireFree(exceptFor: layout.isOurs)
    try folder.requireOutside(data: layers.entries["data.path"]?.value ?? "")
  }

  /// Rejects a run without one of its records, or with a damaged one.
  private static func requireRecords(of layout: RunLayout) throws {
    let isStarted =
      layout.hasRun || FileManager.default.fileExists(atPath: layout.metrics.path)
      || !layout.checkpointFolders.isEmpty
    guard isStarted else { return }
    for record in [layout.recipe, layout.data]
    where !FileManager.default.fileExists(atPath: record.path) {
      throw PeregrineError(
        .badData, doing: "resuming the run `\(layout.url.path)`",
        found: "no `\(record.lastPathComponent)`",
        expected: "the record that was written when the run was started",
        advice: "Restore it from a copy, or choose another `--out`.")
    }
    try layout.checkRecords()
  }

  /// Writes the records of data, environment and recipe.
  ///
  /// - Returns: what differs from the earlier environment and can change the last bits of results.
  func describe(
    _ data: DataDescription, device: Device, threads: Int, packageRoot: URL?
  ) throws -> [String] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let environment = EnvironmentRecord.capture(
      libraries: Runtime.versions, device: device.description, threads: threads,
      packageRoot: packageRoot)
    let isResumed = layout.hasRun
    let earlier = try? JSONRecord.decode(
      EnvironmentRecord.self, from: Data(contentsOf: layout.environment))
    try AtomicFile.write(encoder.encode(environment), to: layout.environment)
    try layout.writeRecords {
      try AtomicFile.write(encoder.encode(data), to: layout.data)
      // The recipe is written last, because a folder with a recipe counts as a run.
      try AtomicFile.write(Data(layers.yaml().utf8), to: layout.recipe)
    }
    if let earlier { return environment.arithmeticChanges(since: earlier) }
    return isResumed
      ? [
        "`\(layout.environment.lastPathComponent)` is missing or damaged, so what the run so far was "
          + "computed with is not known"
      ] : []
  }
}
