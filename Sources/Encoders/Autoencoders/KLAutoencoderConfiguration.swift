import Diagnostics

/// The sizes of a ``KLAutoencoder``, with the published configurations.
public struct KLAutoencoderConfiguration: Sendable, Equatable {
  /// The name recorded in latent caches.
  public var name: String
  /// The base width, which the multipliers multiply.
  public var width = 128
  /// The width of each level as a multiple of the base width, the finest level first. Every level
  /// but the last halves the sides.
  public var multipliers: [Int]
  /// Residual blocks per level of the encoder; the decoder has one more.
  public var blocks = 2
  /// The levels, counted from the finest, that have attention after every residual block.
  public var attentionLevels: Set<Int> = []
  /// The channels of a latent.
  public var latentChannels: Int
  /// The number of groups of every group normalisation.
  public var groups = 32
  /// The published scaling, for autoencoders without stored statistics.
  public var scaling = LatentScaling.identity
  /// The side of the patches whose statistics are stored as `bn`; `nil` if there are none.
  public var statisticsPatch: Int?

  /// Creates a configuration; values that are not given are those common to the published
  /// autoencoders.
  public init(name: String, multipliers: [Int], latentChannels: Int) {
    self.name = name
    self.multipliers = multipliers
    self.latentChannels = latentChannels
  }

  /// Stable Diffusion 1 and 2, ft-MSE and ft-EMA: 83,653,863 parameters.
  ///
  /// - Source: Rombach et al., arXiv 2112.10752, `kl-f8`; scale 0.18215.
  public static let sd = {
    var configuration = Self(name: "sd-vae", multipliers: [1, 2, 4, 4], latentChannels: 4)
    configuration.scaling = LatentScaling(scale: 0.18215)
    return configuration
  }()

  /// Stable Diffusion XL: the sizes of ``sd`` with its own weights and scale, 0.13025.
  ///
  /// - Source: Podell et al., arXiv 2307.01952. Nothing in a file distinguishes it from ``sd``.
  public static let sdxl = {
    var configuration = sd
    configuration.name = "sdxl-vae"
    configuration.scaling = LatentScaling(scale: 0.13025)
    return configuration
  }()

  /// INVAE (`e2e-invae`, f16d32), which SR-DiT trains on: 69,836,067 parameters.
  ///
  /// - Source: Leng et al., REPA-E, arXiv 2504.10483; the scale 0.3099 is the one SR-DiT uses.
  public static let invae = {
    var configuration = Self(name: "invae", multipliers: [1, 1, 2, 2, 4], latentChannels: 32)
    configuration.attentionLevels = [4]
    configuration.scaling = LatentScaling(scale: 0.3099)
    return configuration
  }()

  /// FLUX.2: the sizes of ``sd`` with 32 latent channels, and the statistics of 2×2 patches of
  /// latents.
  ///
  /// Latents are those of diffusers' `encode` and `decode`: 32 channels, an eighth of the side.
  /// FLUX.2 itself packs them to 128 channels; the scaling here gives the same numbers at their
  /// positions before packing. Not supported: tiled encoding, and decoders with different widths.
  /// - Source: diffusers `AutoencoderKLFlux2`.
  public static let flux2 = {
    var configuration = Self(name: "flux2-vae", multipliers: [1, 2, 4, 4], latentChannels: 32)
    configuration.statisticsPatch = 2
    return configuration
  }()
}

extension KLAutoencoderConfiguration {
  /// The channels of a level.
  func width(of level: Int) -> Int { width * multipliers[level] }

  /// Checks that the sizes are consistent.
  ///
  /// - Throws: ``PeregrineError`` `.usage` naming them.
  func check() throws {
    let sizes = multipliers + [width, blocks, latentChannels, groups, statisticsPatch ?? 1]
    guard !multipliers.isEmpty, sizes.allSatisfy({ (1...1 << 16).contains($0) }),
      multipliers.allSatisfy({ $0 * width % groups == 0 }), width % groups == 0
    else {
      throw PeregrineError(
        .usage, doing: "building the autoencoder `\(name)`",
        found: "width \(width), multipliers \(multipliers), \(groups) groups, \(blocks) blocks, "
          + "\(latentChannels) latent channels",
        expected: "positive sizes, and widths that are multiples of the groups")
    }
  }
}
