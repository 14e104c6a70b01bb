import Diagnostics
import Encoding
import Models
import Pictures
import Samples
import Sampling
import Tensors

/// A backbone together with the decoder that turns its samples into pictures.
public struct PictureSampling {
  let backbone: any Backbone
  let decoder: PictureDecoder
  /// Where pictures are drawn.
  public let device: Device

  /// Combines a backbone on a device with a decoder.
  package init(backbone: any Backbone, decoder: PictureDecoder, device: Device) {
    (self.backbone, self.decoder, self.device) = (backbone, decoder, device)
  }

  /// Channels, height and width of a picture.
  package var pictureShape: ItemShape { decoder.pictureShape(of: backbone.itemShape) }

  /// Draws items and discards them, to time a sampler without the decoder.
  public func drawItems(_ count: Int, by generator: any Generator) throws {
    let conditions = (0..<count).map { index in
      Condition(label: backbone.conditions.classes.map { index % $0 })
    }
    _ = try generator.sample(
      backbone,
      SampleRequest(conditions, indices: Array(0..<count), seed: 0, device: device))
    try device.synchronize()
  }

  /// Draws pictures in batches.
  ///
  /// - Parameters:
  ///   - indices: the indices of the pictures; with one seed, picture `i` is the same in any batch.
  ///   - condition: the condition of the picture with a given index.
  ///   - handle: called with each index and picture, in order; returns whether to continue.
  public func draw(
    _ indices: [Int], condition: (Int) -> Condition, by generator: any Generator, seed: UInt64,
    batchSize: Int, handle: (Int, Picture) throws -> Bool
  ) throws {
    guard batchSize > 0 else {
      throw PeregrineError(
        .usage, doing: "drawing pictures", found: "batches of \(batchSize)", expected: "at least 1")
    }
    for start in stride(from: 0, to: indices.count, by: batchSize) {
      let batch = Array(indices[start..<min(start + batchSize, indices.count)])
      let samples = try generator.sample(
        backbone,
        SampleRequest(batch.map(condition), indices: batch, seed: seed, device: device))
      for (index, picture) in zip(batch, try decoder.pictures(samples)) {
        guard try handle(index, picture) else { return }
      }
    }
  }
}
