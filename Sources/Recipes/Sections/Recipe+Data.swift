import Encoding

extension Recipe {
  /// The training data.
  public struct Data: Codable, Equatable, Sendable {
    /// `shapes`, a latent cache, an `.npy` prefix, or a folder of pictures.
    public var path = "shapes"
    /// The side that pictures are cropped to; 0 keeps the size of the data.
    public var size = 0
    /// Whether each picture is mirrored with probability 1/2.
    public var flip = false
    /// The number of items held out for the validation loss, which is taken at uniform times.
    public var validationCount = 256
    /// The seed for the held-out items, their noise and times, which are thus the same for all
    /// training seeds.
    public var validationSeed: UInt64 = 0
    /// How latents are scaled: with the `statistics` of their cache to mean 0 and standard
    /// deviation 1 per channel; as published for their `autoencoder`; or `none`.
    public var scaling = LatentScalingSource.statistics
    /// The autoencoder of latents that are not in one of our caches, such as `invae`.
    public var autoencoder = ""
    /// The file with the autoencoder's weights.
    public var autoencoderWeights = ""
    /// The number of threads that load data.
    public var workers = 1
    enum CodingKeys: String, CodingKey {
      case path, size, flip
      case validationCount = "validation_count"
      case validationSeed = "validation_seed"
      case scaling
      case autoencoder
      case autoencoderWeights = "autoencoder_weights"
      case workers
    }

    static let accepted: [String: Accepted] = [
      "scaling": .cases(of: LatentScalingSource.self)
    ]
  }

  var dataRules: [Rule] {
    [
      ("data.size", data.size, data.size >= 0, "0 or more"),
      ("data.workers", data.workers, data.workers > 0, "at least 1"),
      ("data.validation_count", data.validationCount, data.validationCount >= 0, "0 or more"),
    ]
  }
}
