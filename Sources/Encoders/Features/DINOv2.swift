import Diagnostics
import Foundation
import Nets
import Tensors

/// DINOv2: self-supervised vision transformers with patches of 14 pixels.
///
/// With its plain name a network prepares pictures as kernel and Fréchet distances on DINOv2 do
/// (dgm-eval: Pillow's bicubic to 224) and resamples its position embeddings as the original code
/// does. With a name that ends in `-repa` it is the teacher of REPA: bicubic without antialiasing
/// to 224, and position embeddings resampled as in timm. Both use ImageNet's statistics.
/// - Shapes: input `[batch, 3, height, width]`, sides multiples of 14; `pooled` `[batch, width]` is
///   the class token, `tokens` `[batch, rows · columns, width]` the patches, both after the last norm.
/// - Source: Oquab et al., arXiv 2304.07193; registers: Darcet et al., arXiv 2309.16588. Reads the
///   names of facebookresearch/dinov2 and of Hugging Face. Matches `Fixtures/features`.
public final class DINOv2: FeatureNetwork {
  /// Such as `dinov2-vitl14`.
  public let name: String
  /// How pictures are converted to the network's input.
  public let input: PictureInput
  /// How position embeddings are resampled for grids other than the trained one.
  public let positions: PositionResampling
  private let configuration: DINOv2Configuration
  private let patches: PatchEmbedding
  private let classToken: Parameter
  private let registers: Parameter?
  private let positionTable: Parameter
  private let blocks: [DINOv2Block]
  private let norm: LayerNorm

  /// The preparation of pictures in dgm-eval.
  public static let standardInput = PictureInput.imageNet(.pillowBicubic(side: 224))
  /// The preparation of pictures for REPA's teacher.
  public static let teacherInput = PictureInput.imageNet(.bicubic(side: 224))

  /// Builds a network with zero weights.
  public init(
    _ configuration: DINOv2Configuration, name: String, input: PictureInput = standardInput,
    positions: PositionResampling
  ) throws {
    self.name = name
    self.input = input
    self.positions = positions
    self.configuration = configuration
    let (width, side) = (configuration.width, configuration.gridSide)
    patches = try PatchEmbedding(channels: 3, patch: configuration.patch, width: width)
    classToken = try Parameter(shape: [1, 1, width], .zeros, isTrainable: false)
    registers =
      configuration.registers > 0
      ? try Parameter(shape: [1, configuration.registers, width], .zeros, isTrainable: false) : nil
    positionTable = try Parameter(shape: [1, 1 + side * side, width], .zeros, isTrainable: false)
    blocks = try (0..<configuration.depth).map { _ in try DINOv2Block(configuration) }
    norm = try LayerNorm(width: width, affine: true)
  }

  /// Builds a network and reads its weights.
  ///
  /// - Throws: what reading throws; ``PeregrineError`` `.badData` for weights that do not fit or are
  ///   not finite.
  public convenience init(
    _ configuration: DINOv2Configuration, weights url: URL, name: String,
    input: PictureInput = standardInput, positions: PositionResampling
  ) throws {
    try self.init(configuration, name: name, input: input, positions: positions)
    try load(published: url, named: DINOv2Names.original)
  }

  /// `cls_token`, `pos_embed`, `register_tokens`, `patch_embed.proj`, `blocks.N`, `norm`.
  public var members: [Member] {
    [.parameter("cls_token", classToken), .parameter("pos_embed", positionTable)]
      + (registers.map { [.parameter("register_tokens", $0)] } ?? [])
      + [.module("patch_embed.proj", patches)]
      + blocks.enumerated().map { .module("blocks.\($0)", $1) } + [.module("norm", norm)]
  }

  /// A class token and patches of the same width.
  public var outputs: [FeatureOutput: Int] {
    [.pooled: configuration.width, .tokens: configuration.width]
  }

  /// The requested outputs of a checked batch.
  public func features(_ batch: Tensor, _ wanted: Set<FeatureOutput>) throws
    -> [FeatureOutput: Tensor]
  {
    let sequence = try norm(hidden(batch).last ?? batch)
    let first = 1 + configuration.registers
    var results: [FeatureOutput: Tensor] = [:]
    if wanted.contains(.pooled) { results[.pooled] = try sequence.sliced(1, 0..<1).squeezed(1) }
    if wanted.contains(.tokens) {
      results[.tokens] = try sequence.sliced(1, first..<sequence.shape[1])
    }
    return results
  }

  /// Whole patches.
  public var sides: InputSides { InputSides(multiplesOf: configuration.patch) }

  /// `pooled` is the class token.
  public var hasClassToken: Bool { true }

  /// The FLOPs for one input; all outputs need every layer.
  public func forwardFLOPs(_ wanted: Set<FeatureOutput>, height: Int, width: Int) -> Double {
    let places = Double(height / configuration.patch * (width / configuration.patch))
    let tokens = 1 + Double(configuration.registers) + places
    let matrices = blocks.reduce(0) { sum, block in
      sum + block.state.filter { $0.tensor.shape.count == 2 }.reduce(0) { $0 + $1.tensor.count }
    }
    let attention = Double(blocks.count * 2 * configuration.width) * tokens * tokens
    return 2 * (places * Double(patches.weight.value.count) + tokens * Double(matrices) + attention)
  }

  /// The sequence before the first block and after each one.
  func hidden(_ batch: Tensor) throws -> [Tensor] {
    let sequence = try embedded(batch)
    return try blocks.reduce(into: [sequence]) { states, block in
      states.append(try block(states.last ?? sequence))
    }
  }

  /// Class token, registers and patches; the registers have no position embedding.
  private func embedded(_ batch: Tensor) throws -> Tensor {
    let tokens = try patches(batch)
    let (rows, columns) = (
      batch.shape[2] / configuration.patch, batch.shape[3] / configuration.patch
    )
    let table = try positions.resampled(positionTable.value, rows: rows, columns: columns)
    let (count, width) = (batch.shape[0], configuration.width)
    let classes = try (classToken.value + table.sliced(1, 0..<1)).expanded([count, 1, width])
    let placed = try tokens + table.sliced(1, 1..<table.shape[1])
    let extra = try registers.map {
      [try $0.value.expanded([count, configuration.registers, width])]
    }
    return try .concatenated([classes] + (extra ?? []) + [placed], dim: 1)
  }
}

/// Attention and a feed-forward network, each with a norm before it and a scale per channel after
/// it, in residual connections.
private final class DINOv2Block: Module {
  private let firstNorm: LayerNorm
  private let attention: Attention
  private let firstScale: Parameter
  private let secondNorm: LayerNorm
  private let feedForward: FeedForward
  private let secondScale: Parameter

  private enum FeedForward {
    case plain(MLP)
    case gated(GatedMLP)
  }

  init(_ configuration: DINOv2Configuration) throws {
    let width = configuration.width
    firstNorm = try LayerNorm(width: width, affine: true)
    attention = try Attention(width: width, heads: configuration.heads)
    firstScale = try Parameter(shape: [width], .ones, isTrainable: false)
    secondNorm = try LayerNorm(width: width, affine: true)
    feedForward =
      configuration.isGated
      ? .gated(try GatedMLP(width: width))
      : .plain(try MLP(width: width, hidden: 4 * width, isExact: true))
    secondScale = try Parameter(shape: [width], .ones, isTrainable: false)
  }

  var members: [Member] {
    let middle: any Module =
      switch feedForward {
      case .plain(let layer): layer
      case .gated(let layer): layer
      }
    return [
      .module("norm1", firstNorm), .module("attn", attention), .parameter("ls1.gamma", firstScale),
      .module("norm2", secondNorm), .module("mlp", middle), .parameter("ls2.gamma", secondScale),
    ]
  }

  func callAsFunction(_ x: Tensor) throws -> Tensor {
    let mixed = try x + attention(firstNorm(x)) * firstScale.value
    let normed = try secondNorm(mixed)
    let update =
      switch feedForward {
      case .plain(let layer): try layer(normed)
      case .gated(let layer): try layer(normed)
      }
    return try mixed + update * secondScale.value
  }
}

/// `w3(SiLU(gate) · value)`, with gate and value from one layer. The hidden width is two thirds of
/// four times the width, rounded up to a multiple of 8.
private final class GatedMLP: Module {
  private let expand: Linear
  private let contract: Linear

  init(width: Int) throws {
    let hidden = (4 * width * 2 / 3 + 7) / 8 * 8
    expand = try Linear(width, 2 * hidden)
    contract = try Linear(hidden, width)
  }

  var members: [Member] { [.module("w12", expand), .module("w3", contract)] }

  func callAsFunction(_ x: Tensor) throws -> Tensor {
    let parts = try expand(x).chunks(2, dim: -1)
    return try contract(parts[0].silu() * parts[1])
  }
}
