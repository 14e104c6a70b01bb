import Diagnostics

extension Recipe {
  /// When to log, validate, draw, score and save. An interval of 0 means never.
  public struct Schedule: Codable, Equatable, Sendable {
    /// The number of images between two log lines.
    public var logEveryImages = 2_560
    /// The number of images between two validation losses.
    public var validateEveryImages = 51_200
    /// The number of images between two sample grids.
    public var previewEveryImages = 51_200
    /// The number of images between two evaluations; see `evaluation`.
    public var evaluateEveryImages = 0
    /// The number of images between two checkpoints.
    public var checkpointEveryImages = 51_200
    /// The number of images between two snapshots of the averages of `optimizer.ema_profiles`.
    public var snapshotEveryImages = 0
    /// How many of the newest checkpoints are kept, besides those that `sample` has drawn from.
    public var keepCheckpoints = 2
    /// Checkpoints at a multiple of this number of images are kept permanently.
    public var keepEveryImages = 0
    enum CodingKeys: String, CodingKey {
      case logEveryImages = "log_every_images"
      case validateEveryImages = "validate_every_images"
      case previewEveryImages = "preview_every_images"
      case evaluateEveryImages = "evaluate_every_images"
      case checkpointEveryImages = "checkpoint_every_images"
      case snapshotEveryImages = "snapshot_every_images"
      case keepCheckpoints = "keep_checkpoints"
      case keepEveryImages = "keep_every_images"
    }
  }

  var scheduleRules: [Rule] {
    [
      Self.rule("schedule.log_every_images", schedule.logEveryImages, .images.from(1)),
      Self.rule("schedule.validate_every_images", schedule.validateEveryImages, .images),
      Self.rule("schedule.preview_every_images", schedule.previewEveryImages, .images),
      Self.rule("schedule.evaluate_every_images", schedule.evaluateEveryImages, .images),
      Self.rule("schedule.checkpoint_every_images", schedule.checkpointEveryImages, .images),
      Self.rule("schedule.snapshot_every_images", schedule.snapshotEveryImages, .images),
      Self.rule("schedule.keep_every_images", schedule.keepEveryImages, .images),
      Self.rule("schedule.keep_checkpoints", schedule.keepCheckpoints, Bounds(1...1_000_000)),
      (
        "schedule.snapshot_every_images", schedule.snapshotEveryImages,
        schedule.snapshotEveryImages > 0 || optimizer.emaProfiles.isEmpty,
        "above 0, because `optimizer.ema_profiles` is set"
      ),
    ]
  }
}
