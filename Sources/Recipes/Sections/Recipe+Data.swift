import Diagnostics
import Encoding
import Pictures

extension Recipe {
  /// The training data.
  public struct Data: Codable, Equatable, Sendable {
    /// `shapes`, a latent cache, an `.npy` prefix, or a folder of pictures.
    public var path = "shapes"
    /// The side that pictures are cropped to; 0 keeps the size of the data.
    public var size = 0
    /// What is done with the EXIF orientation of picture files: `stored` uses pixels as they are,
    /// `upright` turns them as viewers do. Pictures of `evaluation.against` are read the same way.
    public var orientation = PictureOrientation.stored
    /// Whether each picture is mirrored with probability 1/2.
    public var flip = false
    /// The number of items held out for the validation loss, which is taken at uniform times. A
    /// number from a built-in recipe or the default is at most a tenth of the items; one from
    /// `--set` or from a recipe of your own is kept.
    public var validationCount = 256
    /// The seed for the held-out items, their noise and times, which are thus the same for all
    /// training seeds.
    public var validationSeed: UInt64 = 0
    /// How latents are scaled: with the `statistics` of their cache to mean 0 and standard
    /// deviation 1 per channel; as published for their `autoencoder`; or `none`.
    public var scaling = LatentScalingSource.statistics
    /// The autoencoder of latents that are not in one of our caches, such as `invae`. If the data are
    /// pictures, `train` encodes them first.
    public var autoencoder = ""
    /// The file with the autoencoder's weights.
    public var autoencoderWeights = ""
    /// The number of threads that load data.
    public var workers = 1
    /// Where `validationCount` comes from; not part of recipe files.
    package var validationCountOrigin = ValidationCountOrigin()
    enum CodingKeys: String, CodingKey {
      case path, size, orientation, flip
      case validationCount = "validation_count"
      case validationSeed = "validation_seed"
      case scaling
      case autoencoder
      case autoencoderWeights = "autoencoder_weights"
      case workers
    }

    /// Whether a number was chosen for the data at hand, and is not a default. It is no value of the
    /// recipe: recipes that differ only in it are equal.
    package struct ValidationCountOrigin: Equatable, Sendable {
      package var isChosen = false

      package static func == (first: Self, second: Self) -> Bool { true }
    }

    static let accepted: [String: Accepted] = [
      "scaling": .cases(of: LatentScalingSource.self),
      "orientation": .cases(of: PictureOrientation.self),
    ]
  }

  /// How many of `count` items are held out.
  package func heldOut(of count: Int) -> Int {
    guard data.validationCount > 0, !data.validationCountOrigin.isChosen else {
      return data.validationCount
    }
    return min(data.validationCount, max(count / 10, 1))
  }

  var dataRules: [Rule] {
    [
      ("data.path", "\"\"", !data.path.isEmpty, "the data, such as `shapes` or a folder"),
      Self.rule("data.size", data.size, .side.from(0)),
      Self.rule("data.workers", data.workers, .workers),
      Self.rule("data.validation_count", data.validationCount, .pictures.from(0)),
    ]
  }
}
