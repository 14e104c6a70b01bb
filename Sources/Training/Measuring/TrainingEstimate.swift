import Datasets
import Recipes
import Telemetry
import Tensors

/// What a run will cost, from its shapes and from a few real steps on this machine.
public struct TrainingEstimate: Codable, Sendable {
  /// Parameters of the network, fixed tables included.
  public let parameters: Int
  /// Floating-point operations of one image's training step: forward and twice that backward.
  public let flopsPerImage: Double
  /// Images per second, measured over a few steps.
  public let imagesPerSecond: Double
  /// Seconds of training for all images.
  public let trainSeconds: Double
  /// The most memory the process held during those steps.
  public let peakMemoryBytes: Int
  /// What one checkpoint takes on the disk.
  public let checkpointBytes: Int
  /// What the checkpoints that are kept take on the disk.
  public let diskBytes: Int
  /// The data that was opened.
  public let data: DatasetSummary

  /// Opens the data, builds the model and takes a few steps that are thrown away.
  ///
  /// Steps are timed after one that is not.
  /// - Parameters:
  ///   - steps: how many steps are timed at least.
  ///   - seconds: how long they are timed at least.
  public static func measure(_ recipe: Recipe, steps: Int = 3, seconds: Double = 5) throws
    -> TrainingEstimate
  {
    let source = try TrainingData(recipe)
    let session = try TrainingSession(recipe, source: source)
    let size = recipe.training.globalBatchSize
    let loader = source.batches(of: recipe, startingAt: 0)
    defer { loader.stop() }
    try session.step(loader.next())
    try session.device.synchronize()
    let clock = ContinuousClock()
    let start = clock.now
    var taken = 0
    while taken < steps || clock.now - start < .seconds(seconds) {
      try session.step(loader.next())
      try session.device.synchronize()
      taken += 1
    }
    _ = try session.collect(lastCheckpoint: nil)
    let rate = Double(taken * size) / ((clock.now - start) / .seconds(1))
    let parameters = session.model.parameterCount
    // Weights, average, two moments and the averages kept for later.
    let copy = parameters * recipe.masterDType.byteCount
    let averages = recipe.optimizer.emaProfiles.count
    let bytes = copy * (4 + averages)
    let interval = recipe.schedule.snapshotEveryImages
    let snapshots = interval == 0 ? 0 : averages * (recipe.training.images / interval + 1)
    return TrainingEstimate(
      parameters: parameters,
      flopsPerImage: try session.flopsPerImage,
      imagesPerSecond: rate,
      trainSeconds: Double(recipe.training.images) / rate,
      peakMemoryBytes: ProcessMemory.peakResidentBytes ?? 0, checkpointBytes: bytes,
      diskBytes: bytes * recipe.schedule.keepCheckpoints + copy * snapshots,
      data: source.description.summary)
  }
}
