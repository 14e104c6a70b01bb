import Diagnostics
import Foundation
import Nets
import Tensors

/// The autoencoder of latent diffusion, trained with a KL term: residual blocks and attention, in
/// levels that halve the sides. The posterior of its latents is normal.
///
/// - Shapes: pictures `[batch, 3, H, W]` in −1…1; latents `[batch, latentChannels, H/d, W/d]`.
/// - Source: Rombach et al., arXiv 2112.10752; `CompVis/latent-diffusion`, whose parameter names it
///   uses.
public final class KLAutoencoder: Autoencoder {
  /// The sizes.
  public let configuration: KLAutoencoderConfiguration
  let encoder: StageChain
  let decoder: StageChain
  private let quantConvolution: Convolution
  let postQuantConvolution: Convolution
  private let statistics: PatchStatistics?

  /// Builds encoder and decoder with zero weights.
  ///
  /// - Throws: ``PeregrineError`` `.usage` for inconsistent sizes.
  public init(_ configuration: KLAutoencoderConfiguration) throws {
    try configuration.check()
    self.configuration = configuration
    let channels = configuration.latentChannels
    encoder = try .encoder(configuration)
    decoder = try .decoder(configuration)
    quantConvolution = try Convolution(2 * channels, 2 * channels, kernel: 1)
    postQuantConvolution = try Convolution(channels, channels, kernel: 1)
    statistics = try configuration.statisticsPatch.map {
      try PatchStatistics(channels: channels, patch: $0)
    }
  }

  /// Builds encoder and decoder and reads their weights from a safetensors or PyTorch file, with
  /// CompVis's or diffusers' names.
  ///
  /// - Throws: ``PeregrineError`` `.missingInput`, or `.badData` saying what does not fit.
  public convenience init(_ configuration: KLAutoencoderConfiguration, weights url: URL) throws {
    try self.init(configuration)
    let names = KLCheckpointNames(source: url.path)
    try load(published: url, named: names.ours)
  }

  /// As configured.
  public var name: String { configuration.name }
  /// As configured.
  public var latentChannels: Int { configuration.latentChannels }
  /// Every level but the last halves the sides.
  public var downsampling: Int { 1 << (configuration.multipliers.count - 1) }

  /// As configured, or from the statistics stored with the weights.
  public var scaling: LatentScaling {
    get throws { try statistics?.scaling ?? configuration.scaling }
  }

  /// `encoder`, `decoder`, `quant_conv`, `post_quant_conv`, and `bn` if there are statistics.
  public var members: [Member] {
    [
      .module("encoder", encoder), .module("decoder", decoder),
      .module("quant_conv", quantConvolution), .module("post_quant_conv", postQuantConvolution),
    ] + (statistics.map { [.module("bn", $0)] } ?? [])
  }

  /// Encodes pictures; log variances are clamped to −30…20.
  public func encode(_ pictures: Tensor) throws -> LatentPosterior {
    try requirePictures(pictures)
    let moments = try quantConvolution(encoder(pictures)).chunks(2, dim: 1)
    return LatentPosterior(mean: moments[0], logVariance: try moments[1].clamped(-30, 20))
  }

  /// Decodes latents.
  public func decode(_ latents: Tensor) throws -> Tensor {
    try requireLatents(latents)
    return try decoder(postQuantConvolution(latents)).clamped(-1, 1)
  }
}

/// Mean and variance for every position in a patch of latents, stored as a batch normalisation.
private final class PatchStatistics: Module {
  private let mean: Parameter
  private let variance: Parameter
  private let patch: Int

  init(channels: Int, patch: Int) throws {
    let shape = [channels * patch * patch]
    mean = try Parameter(shape: shape, .zeros, isTrainable: false)
    variance = try Parameter(shape: shape, .ones, isTrainable: false)
    self.patch = patch
  }

  var members: [Member] { [.parameter("running_mean", mean), .parameter("running_var", variance)] }

  /// (latent − mean) / √(variance + 1e-4), as diffusers' `AutoencoderKLFlux2` is configured.
  var scaling: LatentScaling {
    get throws {
      try LatentScaling(
        shift: mean.value.scalars(Double.self),
        scale: variance.value.scalars(Double.self).map { 1 / ($0 + 1e-4).squareRoot() },
        patch: patch)
    }
  }
}
