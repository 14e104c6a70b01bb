import Data
import Foundation
import Models
import Nets
import Pictures
import Sampling
import Telemetry
import Tensors

/// A trained run, loaded to draw pictures from.
public final class TrainedRun {
  /// The folder.
  public let folder: RunFolder
  /// The recipe it was trained with.
  public let recipe: Recipe
  /// What it was trained on.
  public let data: DataDescription
  /// The checkpoint in use.
  public let checkpoint: Checkpoint
  /// The hash of the averaged weights.
  public let weightsSha256: String
  /// The network with its averaged weights, and the way to pictures.
  public let sampling: PictureSampling

  /// Loads the averaged weights of a checkpoint, the newest unless a number of images is given.
  public init(
    _ folder: RunFolder, atImages images: Int? = nil, autoencoder: URL? = nil, device: Device
  ) throws {
    self.folder = folder
    checkpoint = try folder.checkpoint(atImages: images)
    recipe = try RecipeLayers(file: folder.recipe).resolved()
    data = try DataDescription(of: folder)
    let backbone = try recipe.makeModel(for: data)
    try backbone.load(SafetensorsFile(checkpoint.ema).tensors(), from: checkpoint.ema.path)
    try backbone.convert(to: .float32, on: device)
    sampling = PictureSampling(
      backbone: backbone,
      decoder: try PictureDecoder(data, weights: autoencoder, device: device), device: device)
    weightsSha256 = sha256(of: try Data(contentsOf: checkpoint.ema, options: .alwaysMapped))
  }
}
