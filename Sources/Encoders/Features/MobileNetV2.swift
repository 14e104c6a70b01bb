import Diagnostics
import Foundation
import Nets
import Tensors

/// MobileNetV2 1.0, trained on ImageNet: 3.5 M parameters, a small feature network.
///
/// - Shapes: input `[batch, 3, height, width]` in −1…1, any size; trained at 224. `pooled`
///   `[batch, 1280]`, `logits` `[batch, 1001]` (class 0 is "background"), `tokens` the feature map
///   of a block.
/// - Source: Sandler et al., arXiv 1801.04381, table 2; weights from the 8-bit TensorFlow Lite model
///   of google-coral, run in floating point. Matches `golden_mobilenet_v2`.
public final class MobileNetV2: FeatureNetwork {
  /// `mobilenet-v2`.
  public let name = "mobilenet-v2"
  /// How pictures are converted to the network's input.
  public let input: PictureInput
  /// The block whose feature map is `tokens`, 1…17.
  public let tokenBlock: Int
  private let stem: FrozenConvolution
  private let blocks: [InvertedResidual]
  private let head: FrozenConvolution
  private let classifier: FrozenConvolution

  /// Output channels and stride of each block.
  private static let plan: [(channels: Int, stride: Int)] = [
    (16, 1), (24, 2), (24, 1), (32, 2), (32, 1), (32, 1), (64, 2), (64, 1), (64, 1), (64, 1),
    (96, 1), (96, 1), (96, 1), (160, 2), (160, 1), (160, 1), (320, 1),
  ]

  /// Maps bytes to −1…1.
  public static let standardInput = PictureInput.symmetric(.bilinear(side: 224))

  /// Builds the network with zero weights.
  public init(input: PictureInput = standardInput, tokenBlock: Int = 13) throws {
    guard (1...Self.plan.count).contains(tokenBlock) else {
      throw PeregrineError(
        .usage, doing: "building mobilenet-v2", found: "block \(tokenBlock) for its tokens",
        expected: "1…\(Self.plan.count)")
    }
    self.input = input
    self.tokenBlock = tokenBlock
    stem = try FrozenConvolution(
      3, 32, kernel: 3, stride: 2, padding: .same, activation: .relu6)
    var inputs = 32
    blocks = try Self.plan.enumerated().map { index, block in
      defer { inputs = block.channels }
      return try InvertedResidual(
        inputs, block.channels, stride: block.stride, expands: index > 0)
    }
    head = try FrozenConvolution(320, 1280, kernel: 1, activation: .relu6)
    classifier = try FrozenConvolution(1280, 1001, kernel: 1)
  }

  /// Builds the network and reads its weights; 8-bit weights are multiplied by their scales.
  ///
  /// - Throws: what reading throws; ``PeregrineError`` `.badData` for weights that do not fit or are
  ///   not finite.
  public convenience init(
    weights url: URL, input: PictureInput = standardInput, tokenBlock: Int = 13
  ) throws {
    try self.init(input: input, tokenBlock: tokenBlock)
    try load(published: url, named: Self.dequantized)
  }

  /// `stem`, `block1`…`block17`, `head`, `classifier`.
  public var members: [Member] {
    [.module("stem", stem)] + blocks.enumerated().map { .module("block\($0 + 1)", $1) }
      + [.module("head", head), .module("classifier", classifier)]
  }

  /// 1280 features, 1001 classes, and tokens as wide as their block.
  public var outputs: [FeatureOutput: Int] {
    [.pooled: 1280, .logits: 1001, .tokens: Self.plan[tokenBlock - 1].channels]
  }

  /// The requested outputs of a checked batch.
  public func features(_ batch: Tensor, _ wanted: Set<FeatureOutput>) throws
    -> [FeatureOutput: Tensor]
  {
    var results: [FeatureOutput: Tensor] = [:]
    var map = try stem(batch.channelsLast())
    for (index, block) in blocks(for: wanted).enumerated() {
      map = try block(map)
      if index + 1 == tokenBlock, wanted.contains(.tokens) { results[.tokens] = try map.tokens() }
    }
    guard wanted.contains(.pooled) || wanted.contains(.logits) else { return results }
    let pooled = try head(map).mean([2, 3], keepingDims: true)
    if wanted.contains(.pooled) { results[.pooled] = try pooled.flattened() }
    if wanted.contains(.logits) { results[.logits] = try classifier(pooled).flattened() }
    return results
  }

  /// The FLOPs of the requested outputs for one input.
  public func forwardFLOPs(_ wanted: Set<FeatureOutput>, height: Int, width: Int) -> Double {
    var cost = MapCost(height: height, width: width)
    cost.pass(stem)
    for block in blocks(for: wanted) { block.add(to: &cost) }
    if wanted.contains(.pooled) || wanted.contains(.logits) { cost.pass(head) }
    var pooled = MapCost(height: 1, width: 1)
    if wanted.contains(.logits) { pooled.pass(classifier) }
    return cost.flops + pooled.flops
  }

  /// The blocks that the requested outputs need.
  private func blocks(for wanted: Set<FeatureOutput>) -> ArraySlice<InvertedResidual> {
    blocks.prefix(wanted == [.tokens] ? tokenBlock : blocks.count)
  }

  /// `X.qweight · X.scale`, per output channel, becomes `X.weight`.
  private static func dequantized(_ values: [String: Tensor]) throws -> [String: Tensor] {
    var result = values
    for name in values.keys where name.hasSuffix(".qweight") {
      let layer = name.dropLast(".qweight".count)
      guard let scale = values["\(layer).scale"], let weight = values[name] else { continue }
      result[name] = nil
      result["\(layer).scale"] = nil
      result["\(layer).weight"] = try weight.to(.float32) * scale.reshaped([-1, 1, 1, 1])
    }
    return result
  }
}

/// Pointwise to six times the channels, depthwise 3x3, pointwise back, with a skip connection where
/// the shapes allow it. The first block does not expand.
private final class InvertedResidual: Module {
  private let expand: FrozenConvolution?
  private let depthwise: FrozenConvolution
  private let project: FrozenConvolution
  private let skips: Bool

  init(_ inputs: Int, _ outputs: Int, stride: Int, expands: Bool) throws {
    let width = expands ? 6 * inputs : inputs
    expand = expands ? try FrozenConvolution(inputs, width, kernel: 1, activation: .relu6) : nil
    depthwise = try FrozenConvolution(
      width, width, kernel: 3, stride: stride, padding: .same, groups: width, activation: .relu6)
    project = try FrozenConvolution(width, outputs, kernel: 1)
    skips = stride == 1 && inputs == outputs
  }

  var members: [Member] {
    (expand.map { [.module("expand", $0)] } ?? [])
      + [.module("depthwise", depthwise), .module("project", project)]
  }

  func add(to cost: inout MapCost) {
    if let expand { cost.pass(expand) }
    cost.pass(depthwise)
    cost.pass(project)
  }

  func callAsFunction(_ x: Tensor) throws -> Tensor {
    try project(depthwise(expand?(x) ?? x), adding: skips ? x : nil)
  }
}
