extension Recipe {
  /// When something is done besides training; 0 never.
  public struct Schedule: Codable, Equatable, Sendable {
    /// Images between two lines of the log.
    public var logEveryImages = 2_560
    /// Images between two validation losses.
    public var validateEveryImages = 51_200
    /// Images between two sample grids.
    public var previewEveryImages = 51_200
    /// Images between two evaluations; see `evaluation`.
    public var evaluateEveryImages = 0
    /// Images between two checkpoints.
    public var checkpointEveryImages = 51_200
    /// Images between two snapshots of the averages of `optimizer.ema_profiles`.
    public var snapshotEveryImages = 0
    /// How many of the newest checkpoints are kept.
    public var keepCheckpoints = 2
    /// A checkpoint at a multiple of so many images is kept for good.
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
      (
        "schedule.log_every_images", schedule.logEveryImages, schedule.logEveryImages > 0, "above 0"
      ),
      (
        "schedule.snapshot_every_images", schedule.snapshotEveryImages,
        schedule.snapshotEveryImages > 0 || optimizer.emaProfiles.isEmpty,
        "above 0, because `optimizer.ema_profiles` is set"
      ),
      (
        "schedule.keep_checkpoints", schedule.keepCheckpoints, schedule.keepCheckpoints > 0,
        "at least 1"
      ),
    ]
  }
}
