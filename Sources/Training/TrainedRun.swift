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
  private let backbone: any Backbone
  private let decoder: PictureDecoder
  private let device: Device

  /// Loads the averaged weights of a checkpoint, the newest unless a number of images is given.
  public init(
    _ folder: RunFolder, atImages images: Int? = nil, autoencoder: URL? = nil, device: Device
  ) throws {
    self.folder = folder
    self.device = device
    checkpoint = try folder.checkpoint(atImages: images)
    recipe = try RecipeLayers(file: folder.recipe).resolved()
    data = try DataDescription(of: folder)
    backbone = try recipe.makeModel(for: data)
    try backbone.load(SafetensorsFile(checkpoint.ema).tensors(), from: checkpoint.ema.path)
    try backbone.convert(to: .float32, on: device)
    decoder = try PictureDecoder(data, weights: autoencoder, device: device)
    weightsSha256 = sha256(of: try Data(contentsOf: checkpoint.ema, options: .alwaysMapped))
  }

  /// Draws pictures in batches.
  ///
  /// - Parameters:
  ///   - indices: which pictures of the seed; picture `i` is the same in any batch.
  ///   - label: the class of the picture with an index.
  ///   - handle: receives each picture with its index, in order; returns whether to go on.
  public func draw(
    _ indices: [Int], label: (Int) -> Int, sampler: Sampler, seed: UInt64, batchSize: Int,
    handle: (Int, Picture) throws -> Bool
  ) throws {
    for start in stride(from: 0, to: indices.count, by: batchSize) {
      let batch = Array(indices[start..<min(start + batchSize, indices.count)])
      let samples = try sampler.sample(
        backbone, labels: batch.map(label), indices: batch, seed: seed, device: device)
      for (index, picture) in zip(batch, try decoder.pictures(samples)) {
        guard try handle(index, picture) else { return }
      }
    }
  }
}
