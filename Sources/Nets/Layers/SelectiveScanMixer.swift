import Diagnostics
import Foundation
import Tensors

/// The sizes of a ``SelectiveScanMixer``.
public struct SelectiveScanSizes: Codable, Equatable, Sendable {
  /// The width of a token.
  public var width: Int
  /// The number of scanned channels, relative to the width.
  public var expansion: Int
  /// The number of state values per channel.
  public var states: Int
  /// The kernel size of the short convolution, in tokens.
  public var kernel: Int
  /// Whether the sequence is scanned in both directions.
  public var isBidirectional: Bool

  /// Creates a configuration; Mamba's sizes by default.
  public init(
    width: Int, expansion: Int = 2, states: Int = 16, kernel: Int = 4, isBidirectional: Bool = true
  ) {
    self.width = width
    self.expansion = expansion
    self.states = states
    self.kernel = kernel
    self.isBidirectional = isBidirectional
  }

  /// The number of scanned channels.
  public var channels: Int { expansion * width }
  /// The inner width of the projection that computes step sizes.
  public var stepRank: Int { (width + 15) / 16 }

  /// Multiply-adds per token: linear layers, convolutions, and the scan with its four products per
  /// channel and state and two per channel.
  public var multiplyAddsPerToken: Int {
    let ends = 3 * width * channels
    let linear = channels * (stepRank + 2 * states) + stepRank * channels
    let scan = channels * (kernel + 4 * states + 2)
    return ends + (isBidirectional ? 2 : 1) * (linear + scan)
  }
}

/// Mixes the tokens of a sequence with a selective state-space model: Mamba's layer, in one or both
/// directions.
///
/// `[x ‖ z] = in_proj(input)`; each direction convolves x, applies SiLU and scans; the sum of the
/// directions times SiLU(z) goes through `out_proj`. Tokens are scanned in the given order; the
/// backward direction starts at the last token.
/// - Shapes: input and result `[batch, tokens, width]`.
/// - Source: Mamba, arXiv 2312.00752, section 3.4; the second direction as in Vision Mamba, arXiv
///   2401.09417, algorithm 1, with its checkpoint names.
public final class SelectiveScanMixer: Module {
  private let channels: Int
  private let expand: Linear
  private let forward: ScanDirection
  private let backward: ScanDirection?
  private let contract: Linear

  /// Makes a layer.
  ///
  /// - Throws: ``PeregrineError`` `.usage` when a size is below 1.
  public init(_ sizes: SelectiveScanSizes) throws {
    guard min(sizes.width, sizes.expansion, sizes.states, sizes.kernel) > 0 else {
      throw PeregrineError(
        .usage, doing: "building a selective scan", found: "\(sizes)",
        expected: "sizes of at least 1")
    }
    channels = sizes.channels
    expand = try Linear(sizes.width, 2 * sizes.channels, bias: false)
    forward = try ScanDirection(sizes, reversed: false)
    backward = sizes.isBidirectional ? try ScanDirection(sizes, reversed: true) : nil
    contract = try Linear(sizes.channels, sizes.width, bias: false)
  }

  /// `A_log`, `D`, `in_proj`, `conv1d`, `x_proj`, `dt_proj`, then the second direction's `A_b_log`,
  /// `D_b`, `conv1d_b`, `x_proj_b`, `dt_proj_b`, then `out_proj`.
  public var members: [Member] {
    forward.parameters(suffix: "") + [.module("in_proj", expand)] + forward.layers(suffix: "")
      + (backward.map { $0.parameters(suffix: "_b") + $0.layers(suffix: "_b") } ?? [])
      + [.module("out_proj", contract)]
  }

  /// Applies the layer.
  public func callAsFunction(_ x: Tensor) throws -> Tensor {
    let parts = try expand(x).split([channels, channels], dim: -1)
    var mixed = try forward(parts[0])
    if let backward { mixed = try mixed + backward(parts[0]) }
    return try contract(mixed * parts[1].silu())
  }
}

/// One direction of a mixer: short convolution, the projections that select, and the scan.
private final class ScanDirection {
  private let sizes: SelectiveScanSizes
  private let reversed: Bool
  private let logRates: Parameter
  private let skip: Parameter
  private let convolution: CausalConvolution
  private let selection: Linear
  private let stepWeight: Parameter
  private let stepBias: Parameter

  /// Rates −1 … −states and step sizes between 0.001 and 0.1, as Mamba initialises them.
  init(_ sizes: SelectiveScanSizes, reversed: Bool) throws {
    self.sizes = sizes
    self.reversed = reversed
    let (channels, rank) = (sizes.channels, sizes.stepRank)
    let rates = (0..<channels).flatMap { _ in (1...sizes.states).map { log(Float($0)) } }
    logRates = try Parameter(shape: [channels, sizes.states], .table(rates))
    skip = try Parameter(shape: [channels], .ones)
    convolution = try CausalConvolution(channels: channels, kernel: sizes.kernel)
    selection = try Linear(channels, rank + 2 * sizes.states, bias: false)
    let bound = 1 / Float(rank).squareRoot()
    stepWeight = try Parameter(shape: [channels, rank], .uniform(-bound, bound))
    stepBias = try Parameter(shape: [channels], .softplusLogUniform(1e-3...0.1))
  }

  func parameters(suffix: String) -> [Member] {
    [.parameter("A\(suffix)_log", logRates), .parameter("D\(suffix)", skip)]
  }

  func layers(suffix: String) -> [Member] {
    [
      .module("conv1d\(suffix)", convolution), .module("x_proj\(suffix)", selection),
      .parameter("dt_proj\(suffix).weight", stepWeight),
      .parameter("dt_proj\(suffix).bias", stepBias),
    ]
  }

  /// Scans `[batch, tokens, channels]`.
  func callAsFunction(_ x: Tensor) throws -> Tensor {
    let seen = try convolution(x, reversed: reversed).silu()
    let selected = try selection(seen)
      .split([sizes.stepRank, sizes.states, sizes.states], dim: -1)
    let steps = try selected[0].linear(stepWeight.value, stepBias.value).softplus()
    return try seen.selectiveScan(
      SelectiveScanOperands(
        stepSizes: steps, rates: -logRates.value.exp(), inputWeights: selected[1],
        outputWeights: selected[2], skip: skip.value),
      reversed: reversed)
  }
}
