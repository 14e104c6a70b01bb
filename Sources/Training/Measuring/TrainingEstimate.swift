import Datasets
import Diagnostics
import Recipes
import Telemetry
import Tensors

/// The estimated cost of a run, from its shapes and from a few real steps on this machine.
public struct TrainingEstimate: Codable, Sendable {
  /// The number of the network's parameters, including fixed tables.
  public let parameters: Int
  /// Floating-point operations of a training step per image: forward, backward (twice the forward)
  /// and the teacher's forward.
  public let flopsPerImage: Double
  /// Images per second, measured over a few steps.
  public let imagesPerSecond: Double
  /// Training time for all images, in seconds.
  public let trainSeconds: Double
  /// The device that trains.
  public let device: String
  /// The peak memory of the process during those steps.
  public let peakMemoryBytes: Int
  /// The disk space of one checkpoint.
  public let checkpointBytes: Int
  /// The disk space of all kept checkpoints and snapshots.
  public let diskBytes: Int
  /// The training data.
  public let data: DatasetSummary

  /// Opens the data, builds the model and takes a few steps that are discarded.
  ///
  /// The first step is not timed.
  /// - Parameters:
  ///   - steps: the minimum number of timed steps.
  ///   - seconds: the minimum timed duration.
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
    // Weights, average, two moments and the power-function averages.
    let copy = parameters * recipe.masterDType.byteCount
    let averages = recipe.optimizer.emaProfiles.count
    let bytes = copy * (4 + averages)
    let interval = recipe.schedule.snapshotEveryImages
    let snapshots = interval == 0 ? 0 : averages * (recipe.training.images / interval + 1)
    let checkpoints = [bytes, recipe.schedule.keepCheckpoints].checkedProduct ?? .max
    let stored = [copy, snapshots].checkedProduct ?? .max
    return TrainingEstimate(
      parameters: parameters,
      flopsPerImage: try session.flopsPerImage,
      imagesPerSecond: rate,
      trainSeconds: Double(recipe.training.images) / rate,
      device: session.device.description,
      peakMemoryBytes: ProcessMemory.peakResidentBytes ?? 0, checkpointBytes: bytes,
      diskBytes: [checkpoints, stored].checkedSum ?? .max,
      data: source.description.summary)
  }
}
