import Data
import Diagnostics
import Files
import Foundation

/// The latents of one autoencoder, and the numbers they were scaled with.
public struct LatentSpace: Codable, Equatable, Sendable {
  /// The autoencoder's name.
  public var autoencoder: String
  /// The hash of its weights.
  public var weightsSha256: String
  /// Where its weights were at training time.
  public var weights: String
  /// The mean that was subtracted, per channel; zeros when latents are only scaled or used as they are.
  public var mean: [Double]
  /// The deviation that was divided by, per channel; ones when latents are used as they are.
  public var standardDeviation: [Double]
}

/// How a run scales its latents, and which autoencoder decodes those that do not bring one.
public struct LatentChoice: Equatable, Sendable {
  /// Whether the latents of a cache are brought to mean 0 and deviation 1 per channel, unless there is a
  /// scale.
  public var standardize: Bool
  /// The one factor for all latents, as published models have it; 0 is none.
  public var scale: Double
  /// The name of the autoencoder of latents without a cache; empty for none.
  public var autoencoder: String
  /// The file of its weights.
  public var autoencoderWeights: String

  /// A choice; everything left out is off.
  public init(
    standardize: Bool = true, scale: Double = 0, autoencoder: String = "",
    autoencoderWeights: String = ""
  ) {
    self.standardize = standardize
    self.scale = scale
    self.autoencoder = autoencoder
    self.autoencoderWeights = autoencoderWeights
  }
}

extension LatentSpace {
  /// The space that a run's latents live in, or `nil` where items are pictures, or latents of which
  /// nothing is known and which are not to be scaled.
  ///
  /// - Throws: ``PeregrineError`` `.usage` for a scale that is no positive number, for latents to be
  ///   scaled without an autoencoder to decode them, for another autoencoder than the cache's, and for
  ///   any of these with pictures; `.missingInput` without the autoencoder's weights.
  init?(of dataset: any Dataset, at path: String, _ choice: LatentChoice) throws {
    let doing = "scaling the latents of `\(path)`"
    guard choice.scale >= 0, choice.scale.isFinite else {
      throw PeregrineError(
        .usage, doing: doing, found: "a factor of \(choice.scale)",
        expected: "a positive number, or 0 for none", advice: "Correct `data.latent_scale`.")
    }
    if let cache = dataset as? LatentCacheDataset {
      try self.init(cache, at: path, choice)
      return
    }
    if choice.scale == 0 && choice.autoencoder.isEmpty { return nil }
    guard dataset is EDM2LatentDataset else {
      throw PeregrineError(
        .usage, doing: doing, found: "pictures, of kind \(dataset.summary.kind)",
        expected: "latents",
        advice: "Remove `data.latent_scale`, `data.autoencoder` and `data.autoencoder_weights`.")
    }
    guard !choice.autoencoder.isEmpty, !choice.autoencoderWeights.isEmpty else {
      throw PeregrineError(
        .usage, doing: doing, found: "latents without their autoencoder",
        expected: "its name and its weights, to decode what the run draws",
        advice: "Set `data.autoencoder` (such as invae) and `data.autoencoder_weights`.")
    }
    let weights = URL(fileURLWithPath: choice.autoencoderWeights)
    let contents = try readFile(
      weights, doing: "opening the autoencoder `\(choice.autoencoder)`", mapped: true)
    self.init(
      autoencoder: choice.autoencoder, weightsSha256: sha256(of: contents), weights: weights.path,
      channels: dataset.summary.itemShape[0], scale: choice.scale)
  }

  private init(_ cache: LatentCacheDataset, at path: String, _ choice: LatentChoice) throws {
    let autoencoder = cache.header.autoencoder
    guard choice.autoencoder.isEmpty || choice.autoencoder == autoencoder.name else {
      throw PeregrineError(
        .usage, doing: "choosing the autoencoder of the latents in `\(path)`",
        found: "`\(choice.autoencoder)`",
        expected: "`\(autoencoder.name)`, which the cache was made with",
        advice: "Remove `data.autoencoder`; a cache brings its own.")
    }
    self.init(
      autoencoder: autoencoder.name, weightsSha256: autoencoder.weightsSha256,
      weights: LatentEncoding.autoencoderFile(in: URL(fileURLWithPath: path)).path,
      channels: cache.summary.itemShape[0], scale: choice.scale)
    guard choice.standardize, choice.scale == 0 else { return }
    mean = cache.mean
    standardDeviation = cache.standardDeviation.map { max($0, 1e-6) }
  }

  /// Latents times one factor; 0 leaves them as they are.
  private init(
    autoencoder: String, weightsSha256: String, weights: String, channels: Int, scale: Double
  ) {
    self.autoencoder = autoencoder
    self.weightsSha256 = weightsSha256
    self.weights = weights
    mean = [Double](repeating: 0, count: channels)
    standardDeviation = [Double](repeating: scale == 0 ? 1 : 1 / scale, count: channels)
  }
}
