import Foundation
import RunFiles
import Tensors

@testable import Recipes
@testable import Training

/// What valid files are made from: this package's folder, and a run that was trained for it.
struct Corpus: Sendable {
  /// The folder of the package.
  static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// The trained run.
  let run: URL

  /// Trains a run of four steps.
  init(in scratch: URL) throws {
    run = scratch.appendingPathComponent("corpus-run")
    Runtime.threadCount = 1
    _ = try Trainer(Self.recipe(), run: RunLayout(run)) { _ in }.train()
  }

  /// A recipe whose steps take milliseconds.
  static func recipe() throws -> RecipeLayers {
    try RecipeLayers(assignments: [
      "model.preset=SiT-Ti/16", "data.path=shapes:32", "data.validation_count=4",
      "training.global_batch_size=4", "training.images=16", "training.threads=1",
      "training.precision=float32", "optimizer.ema_profiles=0.1",
      "schedule.snapshot_every_images=8", "schedule.log_every_images=4",
      "schedule.validate_every_images=8", "schedule.preview_every_images=16",
      "schedule.checkpoint_every_images=8", "schedule.keep_checkpoints=9", "preview.count=1",
      "preview.sampler.steps=1",
    ])
  }

  /// Copies the run into a subject's folder.
  func copyRun(to folder: URL) throws {
    try? FileManager.default.removeItem(at: folder)
    try FileManager.default.copyItem(at: run, to: folder)
  }

  /// The contents of the package's files with an ending.
  static func contents(of folder: String, _ ending: String) throws -> [Data] {
    let folder = package.appendingPathComponent(folder)
    return try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(ending) }.sorted()
      .map { try Data(contentsOf: folder.appendingPathComponent($0)) }
  }
}
