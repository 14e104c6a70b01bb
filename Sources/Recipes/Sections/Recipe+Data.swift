import Encoding

extension Recipe {
  /// What is learned from.
  public struct Data: Codable, Equatable, Sendable {
    /// `shapes`, a latent cache, an `.npy` prefix, or a folder of pictures.
    public var path = "shapes"
    /// The side that pictures are cropped to; 0 keeps what the data has.
    public var size = 0
    /// Whether every other picture on average is mirrored.
    public var flip = false
    /// How many items are held out for the validation loss, which is taken at uniform times.
    public var validationCount = 256
    /// Chooses the held-out items, their noise and times: the same for runs of other training seeds.
    public var validationSeed: UInt64 = 0
    /// How latents are scaled: by the `statistics` of their cache, mean 0 and deviation 1 per channel; as
    /// their `autoencoder` was published; or `none`.
    public var scaling = LatentScalingSource.statistics
    /// The autoencoder of latents that do not come in a cache of ours, such as `invae`.
    public var autoencoder = ""
    /// The file of its weights.
    public var autoencoderWeights = ""
    /// Threads that load data.
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
