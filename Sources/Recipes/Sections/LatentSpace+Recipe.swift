import Datasets
import Diagnostics
import Encoders
import Encoding
import Foundation

extension LatentSpace {
  /// The latent space of a dataset. `nil` if items are pictures, or latents of unknown origin that
  /// are not to be scaled.
  ///
  /// - Throws: ``PeregrineError`` `.usage` if latents of unknown origin are to be scaled, if the
  ///   autoencoder is not that of the cache, and if an autoencoder is named for pictures;
  ///   `.missingInput` or `.badData` without the autoencoder's weights.
  package init?(of dataset: any Dataset, _ data: Recipe.Data) throws {
    if let cache = dataset as? LatentCacheDataset {
      try self.init(cache, data)
      return
    }
    guard dataset is EDM2LatentDataset else {
      if data.autoencoder.isEmpty { return nil }
      throw PeregrineError(
        .usage, doing: "scaling the latents of `\(data.path)`",
        found: "pictures, of kind \(dataset.summary.kind)", expected: "latents",
        advice: "Remove `data.autoencoder` and `data.autoencoder_weights`.")
    }
    if data.autoencoder.isEmpty, data.scaling == .none { return nil }
    guard !data.autoencoder.isEmpty, !data.autoencoderWeights.isEmpty, data.scaling != .statistics
    else {
      throw PeregrineError(
        .usage, doing: "scaling the latents of `\(data.path)`",
        found: "`data.scaling: \(data.scaling.rawValue)` and "
          + (data.autoencoder.isEmpty
            ? "no autoencoder"
            : data.autoencoderWeights.isEmpty
              ? "no weights of `\(data.autoencoder)`" : "the autoencoder `\(data.autoencoder)`"),
        expected: "`autoencoder` or `none` for latents that come without statistics, and the "
          + "autoencoder's name and weights, to decode what the run draws",
        advice: "Set `data.scaling=autoencoder`, `data.autoencoder` (such as invae) and "
          + "`data.autoencoder_weights`.")
    }
    try self.init(
      autoencoder: data.autoencoder, weights: URL(fileURLWithPath: data.autoencoderWeights),
      isScaled: data.scaling == .autoencoder)
  }

  private init(_ cache: LatentCacheDataset, _ data: Recipe.Data) throws {
    let autoencoder = cache.header.autoencoder
    guard data.autoencoder.isEmpty || data.autoencoder == autoencoder.name else {
      throw PeregrineError(
        .usage, doing: "choosing the autoencoder of the latents in `\(data.path)`",
        found: "`\(data.autoencoder)`",
        expected: "`\(autoencoder.name)`, which the cache was made with",
        advice: "Remove `data.autoencoder`; a cache brings its own.")
    }
    let weights = LatentEncoding.autoencoderFile(in: URL(fileURLWithPath: data.path))
    if data.scaling == .autoencoder {
      try self.init(autoencoder: autoencoder.name, weights: weights, isScaled: true)
      return
    }
    self.init(
      autoencoder: autoencoder.name, weightsSha256: autoencoder.weightsSha256,
      weights: weights.path,
      scaling: data.scaling == .none
        ? .identity
        : try LatentScaling(
          shift: cache.mean, scale: cache.standardDeviation.map { 1 / max($0, 1e-6) }))
  }
}
