import Diagnostics
import Foundation
import Nets
import Tensors

/// SqueezeNet 1.0, trained on ImageNet: 1.25 M parameters, a weaker network as a second opinion.
///
/// - Shapes: input `[batch, 3, height, width]` blue, green, red, minus the mean; trained at 227.
///   `pooled` `[batch, 512]` is the mean of the last fire module, `logits` `[batch, 1000]`,
///   `tokens` the feature map of a fire module.
/// - Source: Iandola et al., arXiv 1602.07360, table 1; weights of songhan/SqueezeNet_compressed.
///   Matches `golden_squeezenet`.
public final class SqueezeNet: FeatureNetwork {
  /// `squeezenet`.
  public let name = "squeezenet"
  /// How pictures are converted to the network's input.
  public let input: PictureInput
  /// The fire module whose feature map is `tokens`, 2…9.
  public let tokenModule: Int
  private let stem: FrozenConvolution
  private let modules: [FireModule]
  private let head: FrozenConvolution

  /// Squeezed channels, and output channels of each of the two branches.
  private static let plan = [
    (16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256),
  ]

  /// Bytes minus the mean of ImageNet, in the channel order of Caffe.
  public static let standardInput = PictureInput(
    .bilinear(side: 227), mean: [104, 117, 123], deviation: [1, 1, 1], isBGR: true)

  /// With smaller ones the last pooling has nothing left.
  public static let sides = InputSides(from: 21)
  /// The same for every instance.
  public var sides: InputSides { Self.sides }

  /// Builds the network with zero weights.
  public init(input: PictureInput = standardInput, tokenModule: Int = 8) throws {
    guard (2...9).contains(tokenModule) else {
      throw PeregrineError(
        .usage, doing: "building squeezenet", found: "fire module \(tokenModule) for its tokens",
        expected: "2…9")
    }
    self.input = input
    self.tokenModule = tokenModule
    stem = try FrozenConvolution(
      3, 96, kernel: 7, stride: 2, padding: .symmetric(0, 0), activation: .relu)
    var inputs = 96
    modules = try Self.plan.map { squeezed, branch in
      defer { inputs = 2 * branch }
      return try FireModule(inputs, squeezed: squeezed, branch: branch)
    }
    head = try FrozenConvolution(512, 1000, kernel: 1, activation: .relu)
  }

  /// Builds the network and reads its weights.
  ///
  /// - Throws: what reading throws; ``PeregrineError`` `.badData` for weights that do not fit or are
  ///   not finite.
  public convenience init(
    weights url: URL, input: PictureInput = standardInput, tokenModule: Int = 8
  ) throws {
    try self.init(input: input, tokenModule: tokenModule)
    try load(published: url)
  }

  /// `conv1`, `fire2`…`fire9`, `conv_final`.
  public var members: [Member] {
    [.module("conv1", stem)] + modules.enumerated().map { .module("fire\($0 + 2)", $1) }
      + [.module("conv_final", head)]
  }

  /// 512 features, 1000 classes, and tokens as wide as their module.
  public var outputs: [FeatureOutput: Int] {
    [.pooled: 512, .logits: 1000, .tokens: 2 * Self.plan[tokenModule - 2].1]
  }

  /// The requested outputs of a checked batch.
  public func features(_ batch: Tensor, _ wanted: Set<FeatureOutput>) throws
    -> [FeatureOutput: Tensor]
  {
    var results: [FeatureOutput: Tensor] = [:]
    var map = try stem(batch.channelsLast()).maxPooled(3, stride: 2, roundingUp: true)
    let last = wanted == [.tokens] ? tokenModule : 9
    for (index, module) in zip(2...last, modules) {
      map = try module(map)
      if index == tokenModule, wanted.contains(.tokens) { results[.tokens] = try map.tokens() }
      if index == 4 || index == 8 { map = try map.maxPooled(3, stride: 2, roundingUp: true) }
    }
    if wanted.contains(.pooled) { results[.pooled] = try map.mean([2, 3]) }
    if wanted.contains(.logits) { results[.logits] = try head(map).mean([2, 3]) }
    return results
  }
}

extension SqueezeNet {
  /// The FLOPs of the requested outputs for one input.
  public func forwardFLOPs(_ wanted: Set<FeatureOutput>, height: Int, width: Int) -> Double {
    var cost = MapCost(height: height, width: width)
    cost.pass(stem)
    cost.halve(3, roundingUp: true)
    for (index, module) in zip(2...(wanted == [.tokens] ? tokenModule : 9), modules) {
      module.add(to: &cost)
      if index == 4 || index == 8 { cost.halve(3, roundingUp: true) }
    }
    if wanted.contains(.logits) { cost.pass(head) }
    return cost.flops
  }
}

/// A fire module: a 1x1 convolution to few channels, then a 1x1 and a 3x3 convolution, joined in
/// this order.
private final class FireModule: Module {
  private let squeeze: FrozenConvolution
  private let narrow: FrozenConvolution
  private let wide: FrozenConvolution

  init(_ inputs: Int, squeezed: Int, branch: Int) throws {
    squeeze = try FrozenConvolution(inputs, squeezed, kernel: 1, activation: .relu)
    narrow = try FrozenConvolution(squeezed, branch, kernel: 1, activation: .relu)
    wide = try FrozenConvolution(squeezed, branch, kernel: 3, activation: .relu)
  }

  var members: [Member] {
    [.module("squeeze", squeeze), .module("expand1x1", narrow), .module("expand3x3", wide)]
  }

  func add(to cost: inout MapCost) {
    for layer in [squeeze, narrow, wide] { cost.pass(layer) }
  }

  func callAsFunction(_ x: Tensor) throws -> Tensor {
    let squeezed = try squeeze(x)
    return try .concatenated([narrow(squeezed), wide(squeezed)], dim: 1)
  }
}
