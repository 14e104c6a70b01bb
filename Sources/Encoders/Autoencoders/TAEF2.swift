import Foundation
import Nets
import Tensors

/// TAEF2: the tiny autoencoder for FLUX.2's latent space, 2 × 1.34 M parameters.
///
/// - Shapes: pictures `[batch, 3, H, W]` in −1…1; latents `[batch, 32, H/8, W/8]`, no scale or shift.
/// - Source: madebyollin/taesd, `taef2`; keys are positions in a sequence of layers. Matches
///   `golden_taef2`.
public final class TAEF2: Autoencoder {
  /// `taef2`.
  public let name = "taef2"
  /// 32.
  public let latentChannels = 32
  /// 8.
  public let downsampling = 8
  /// No scaling: latents are used as they are.
  public let scaling = LatentScaling.identity
  private let encoder: Chain
  private let decoder: Chain

  /// Builds encoder and decoder with zero weights.
  public init() throws {
    encoder = try Chain([
      .convolution(3, 64), .block, .halve, .block, .block, .block, .halve, .block, .block, .block,
      .halve, .pooledBlock, .pooledBlock, .pooledBlock, .convolution(64, 32),
    ])
    decoder = try Chain([
      .squash, .convolution(32, 64), .relu, .pooledBlock, .pooledBlock, .pooledBlock, .enlarge,
      .plainConvolution, .block, .block, .block, .enlarge, .plainConvolution, .block, .block,
      .block, .enlarge, .plainConvolution, .block, .convolution(64, 3),
    ])
  }

  /// Builds encoder and decoder and reads their weights, in either naming they are published in.
  public convenience init(weights url: URL) throws {
    try self.init()
    try load(published: url) { values in
      Dictionary(values.map { (Self.position($0.key), $0.value) }) { first, _ in first }
    }
  }

  /// The name by position in taesd's layers, from diffusers' `decoder.layers.N`.
  ///
  /// Diffusers' decoder does not count the layer without weights at its start.
  private static func position(_ name: String) -> String {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard parts.count > 3, parts[1] == "layers", let position = Int(parts[2]),
      (0..<100).contains(position)
    else { return name }
    let shift = parts[0] == "decoder" ? 1 : 0
    return ([parts[0], "\(position + shift)"] + parts.dropFirst(3)).joined(separator: ".")
  }

  /// `encoder.N…`, `decoder.N…`.
  public var members: [Member] { [.module("encoder", encoder), .module("decoder", decoder)] }

  /// Encodes pictures; the posterior has no variance.
  public func encode(_ pictures: Tensor) throws -> LatentPosterior {
    try requirePictures(pictures)
    return try LatentPosterior(mean: encoder((pictures + 1) * 0.5))
  }

  /// Decodes latents.
  public func decode(_ latents: Tensor) throws -> Tensor {
    try requireLatents(latents)
    return try decoder(latents).clamped(0, 1) * 2 - 1
  }
}

/// Layers applied one after another; their checkpoint names are their positions.
private final class Chain: Module {
  enum Layer {
    case convolution(Int, Int), plainConvolution, halve, block, pooledBlock, enlarge, relu, squash
  }

  private let steps: [(apply: (Tensor) throws -> Tensor, module: (any Module)?)]

  init(_ layers: [Layer]) throws {
    steps = try layers.map { layer in
      switch layer {
      case .convolution(let inputs, let outputs):
        let convolution = try Convolution(inputs, outputs)
        return (convolution.callAsFunction, convolution)
      case .plainConvolution:
        let convolution = try Convolution(64, 64, bias: false)
        return (convolution.callAsFunction, convolution)
      case .halve:
        let convolution = try Convolution(64, 64, bias: false, stride: 2)
        return (convolution.callAsFunction, convolution)
      case .block:
        let block = try ResidualBlock(pooled: false)
        return (block.callAsFunction, block)
      case .pooledBlock:
        let block = try ResidualBlock(pooled: true)
        return (block.callAsFunction, block)
      case .enlarge: return ({ try $0.upsampledNearest(by: 2) }, nil)
      case .relu: return ({ try $0.relu() }, nil)
      case .squash: return ({ try ($0 / 3).tanh() * 3 }, nil)
      }
    }
  }

  var members: [Member] {
    steps.enumerated().compactMap { index, step in step.module.map { .module("\(index)", $0) } }
  }

  func callAsFunction(_ x: Tensor) throws -> Tensor {
    try steps.reduce(x) { try $1.apply($0) }
  }
}

/// Three convolutions with a skip connection; the pooled form first adds a normalised pointwise
/// branch.
private final class ResidualBlock: Module {
  private let convolutions: [Convolution]
  private let pool: PointwiseDetour?

  init(pooled: Bool) throws {
    convolutions = try (0..<3).map { _ in try Convolution(64, 64) }
    pool = pooled ? try PointwiseDetour() : nil
  }

  var members: [Member] {
    convolutions.enumerated().map { .module("conv.\(2 * $0)", $1) }
      + (pool.map { [.module("pool", $0)] } ?? [])
  }

  func callAsFunction(_ x: Tensor) throws -> Tensor {
    let input = try pool.map { try x + $0(x) } ?? x
    let first = try convolutions[0](input).relu()
    let second = try convolutions[1](first).relu()
    return try (convolutions[2](second) + input).relu()
  }
}

/// 1x1 convolution to 256 channels, group norm, ReLU, 1x1 back.
private final class PointwiseDetour: Module {
  private let expand: Convolution
  private let norm: GroupNorm
  private let contract: Convolution

  init() throws {
    expand = try Convolution(64, 256, kernel: 1, bias: false)
    norm = try GroupNorm(channels: 256, groups: 4)
    contract = try Convolution(256, 64, kernel: 1, bias: false)
  }

  var members: [Member] {
    [.module("0", expand), .module("1", norm), .module("3", contract)]
  }

  func callAsFunction(_ x: Tensor) throws -> Tensor { try contract(norm(expand(x)).relu()) }
}
