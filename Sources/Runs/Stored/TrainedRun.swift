import Diagnostics
import Encoding
import FileAccess
import Foundation
import Models
import Nets
import Recipes
import RunFiles
import Tensors

/// A trained run, loaded for sampling.
public final class TrainedRun {
  /// The folder.
  public let folder: RunLayout
  /// The recipe it was trained with.
  public let recipe: Recipe
  /// The layers of the recipe's text, so that changes can be added.
  public let layers: RecipeLayers
  /// The data it was trained on.
  public let data: DataDescription
  /// The number of images that the weights have seen.
  public let images: Int
  /// Which weights these are: `ema`, or a power-function average by its relative length.
  public let weightsName: String
  /// The SHA-256 of the weights.
  public let weightsSha256: String
  /// The checkpoint of the weights; `nil` for a power-function average.
  private let checkpoint: Checkpoint?
  /// The network with its averaged weights, and the decoder to pictures.
  public let sampling: PictureSampling

  /// Keeps the checkpoint of these weights as long as the run, because pictures name it.
  public func keepCheckpoint() { checkpoint?.keep() }

  /// Floating-point operations of one network evaluation for one picture.
  public var forwardFLOPs: Double { sampling.backbone.forwardFLOPs }

  /// Loads averaged weights from a checkpoint, or reconstructs them from the run's snapshots.
  ///
  /// - Parameters:
  ///   - images: the number of images at the checkpoint or snapshot; by default the newest.
  ///   - averageLength: the relative length of a power-function average; see ``AverageSnapshots``.
  ///   - passOver: called for each damaged checkpoint that is newer than the one used; without it,
  ///     damage is an error.
  /// - Throws: ``PeregrineError`` `.badData` naming a file that is not as it was written.
  public init(
    _ folder: RunLayout, atImages images: Int? = nil, averageLength: Double? = nil,
    autoencoder: URL? = nil, device: Device, passOver: ((PeregrineError) -> Void)? = nil
  ) throws {
    self.folder = folder
    let weights = try StoredWeights(
      folder, atImages: images, averageLength: averageLength, passOver)
    try folder.checkRecords()
    checkpoint = weights.checkpoint
    self.images = weights.images
    weightsName = weights.name
    weightsSha256 = weights.digest
    layers = try RecipeLayers(file: folder.recipe)
    recipe = try layers.resolved()
    data = try DataDescription(of: folder)
    let backbone = try recipe.makeModel(for: data)
    try backbone.load(weights.tensors, from: weights.source)
    try backbone.convert(to: .float32, on: device)
    sampling = PictureSampling(
      backbone: backbone,
      decoder: try PictureDecoder(data, weights: autoencoder, device: device), device: device)
  }
}

/// Averaged weights of a run, from a checkpoint or reconstructed from snapshots.
private struct StoredWeights {
  let tensors: [String: Tensor]
  let images: Int
  let name: String
  let source: String
  let digest: String

  /// `nil` for an average.
  var checkpoint: Checkpoint?

  init(
    _ folder: RunLayout, atImages images: Int?, averageLength: Double?,
    _ passOver: ((PeregrineError) -> Void)?
  ) throws {
    if let averageLength {
      let snapshots = AverageSnapshots(of: folder)
      let average = try snapshots.reconstruct(
        length: averageLength, atImages: snapshots.place(atImages: images))
      tensors = average.weights
      self.images = average.images
      name = average.name
      source = "the snapshots of \(folder.name)"
      digest = try average.contentHash()
    } else {
      let stored = try folder.averagedWeights(atImages: images, passOver: passOver)
      tensors = try SafetensorsFile(stored.checkpoint.ema).tensors()
      self.images = stored.checkpoint.images
      name = "ema"
      source = stored.checkpoint.ema.path
      digest = stored.sha256
      checkpoint = stored.checkpoint
    }
  }
}
