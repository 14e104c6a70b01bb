import Diagnostics
import Foundation
import Telemetry
import TestSupport
import Testing

@testable import Recipes
@testable import RunFiles
@testable import Training

/// A run that takes a second: the smallest preset on 16 tokens of built-in pictures.
struct TinyRun {
  let folder: TemporaryFolder
  var layers: RecipeLayers

  init(_ settings: [String] = []) throws {
    folder = try TemporaryFolder()
    layers = try RecipeLayers()
    let small = [
      "model.preset=SiT-Ti/8", "data.path=shapes:200", "data.validation_count=12",
      "training.global_batch_size=4", "training.images=80", "training.threads=2",
      "training.precision=float32", "optimizer.learning_rate=1e-3", "optimizer.ema_decay=0.9",
      "schedule.log_every_images=12", "schedule.validate_every_images=40",
      "schedule.preview_every_images=40", "schedule.checkpoint_every_images=1000",
      "preview.count=2", "preview.sampler.steps=2",
    ]
    for assignment in small + settings { try layers.apply(assignment: assignment) }
  }

  func run(_ name: String) -> RunLayout { RunLayout(folder.url.appendingPathComponent(name)) }

  /// Trains in the named folder, stopping after so many steps of this call.
  @discardableResult
  func train(_ name: String, stoppingAfter steps: Int = .max) throws -> TrainingOutcome {
    var taken = 0
    return try Trainer(layers, run: run(name)) { _ in }.train {
      taken += 1
      return taken >= steps
    }
  }

  /// Every file of the newest checkpoint, by name.
  func tensors(_ name: String) throws -> [String: Data] {
    let checkpoint = try run(name).checkpoint()
    let names = ["model.safetensors", "ema.safetensors", "state/optimizer.safetensors"]
    return try Dictionary(
      uniqueKeysWithValues: names.map {
        ($0, try Data(contentsOf: checkpoint.url.appendingPathComponent($0)))
      })
  }

  /// The logged records without what depends on the clock.
  func records(_ name: String) throws -> [MetricRecord] {
    try MetricsLog.read(run(name).metrics).map { record in
      var record = record
      record.imagesPerSecond = nil
      record.trainSeconds = nil
      record.memoryBytes = nil
      return record
    }
  }
}
