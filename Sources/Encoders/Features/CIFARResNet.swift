import Diagnostics
import Foundation
import Nets
import Tensors

/// The small residual networks for CIFAR-10: 20 layers (0.27 M parameters) or 56 (0.86 M).
///
/// - Shapes: input `[batch, 3, 32, 32]`, other sizes also work; `pooled` `[batch, 64]`, `logits`
///   `[batch, 10]` (airplane … truck), `tokens` the last feature map, 8x8 positions of 64 channels.
/// - Source: He et al., arXiv 1512.03385, section 4.2, shortcuts of type A; weights of
///   akamaster/pytorch_resnet_cifar10. Matches `golden_resnet_cifar10`.
public final class CIFARResNet: FeatureNetwork {
  /// `resnet20-cifar10` or `resnet56-cifar10`.
  public let name: String
  /// How pictures are converted to the network's input.
  public let input: PictureInput
  private let stem: FrozenConvolution
  private let layers: [[BasicBlock]]
  private let classifier: Linear

  /// ImageNet's statistics at 32 pixels.
  public static let standardInput = PictureInput.imageNet(.bilinear(side: 32))

  /// Builds the network with zero weights; the depth is 6n + 2.
  public init(depth: Int, input: PictureInput = standardInput) throws {
    guard depth >= 8, depth % 6 == 2 else {
      throw PeregrineError(
        .usage, doing: "building a residual network for CIFAR-10", found: "depth \(depth)",
        expected: "8, 14, 20 or another 6n + 2")
    }
    name = "resnet\(depth)-cifar10"
    self.input = input
    stem = try FrozenConvolution(3, 16, kernel: 3, activation: .relu)
    layers = try [(16, 16), (16, 32), (32, 64)].map { inputs, width in
      try (0..<depth / 6).map { try BasicBlock($0 == 0 ? inputs : width, width) }
    }
    classifier = try Linear(64, 10)
  }

  /// Builds the network and reads its weights; batch normalisations are folded into the
  /// convolutions.
  ///
  /// - Throws: what reading throws; ``PeregrineError`` `.badData` for weights that do not fit or are
  ///   not finite.
  public convenience init(depth: Int, weights url: URL, input: PictureInput = standardInput) throws
  {
    try self.init(depth: depth, input: input)
    try load(published: url) { try foldingBatchNorms($0, epsilon: 1e-5, from: url.path) }
  }

  /// `conv1`, `layer1.0`…`layer3.N`, `linear`.
  public var members: [Member] {
    [.module("conv1", stem)]
      + layers.enumerated().flatMap { layer, blocks in
        blocks.enumerated().map { .module("layer\(layer + 1).\($0)", $1) }
      } + [.module("linear", classifier)]
  }

  /// 64 features, 10 classes.
  public var outputs: [FeatureOutput: Int] { [.pooled: 64, .logits: 10, .tokens: 64] }
  /// The classes of CIFAR-10.
  public var classNames: [String]? {
    ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
  }

  /// The requested outputs of a checked batch.
  public func features(_ batch: Tensor, _ wanted: Set<FeatureOutput>) throws
    -> [FeatureOutput: Tensor]
  {
    let map = try layers.joined().reduce(stem(batch.channelsLast())) { try $1($0) }
    let pooled = try map.mean([2, 3])
    var results: [FeatureOutput: Tensor] = [:]
    if wanted.contains(.pooled) { results[.pooled] = pooled }
    if wanted.contains(.logits) { results[.logits] = try classifier(pooled) }
    if wanted.contains(.tokens) { results[.tokens] = try map.tokens() }
    return results
  }
}

extension CIFARResNet {
  /// The FLOPs of the requested outputs for one input.
  public func forwardFLOPs(_ wanted: Set<FeatureOutput>, height: Int, width: Int) -> Double {
    var cost = MapCost(height: height, width: width)
    cost.pass(stem)
    for block in layers.joined() { block.add(to: &cost) }
    let classes = wanted.contains(.logits) ? 2 * Double(classifier.weight.value.count) : 0
    return cost.flops + classes
  }
}

/// Two 3x3 convolutions with a skip connection. Where the number of channels doubles, the skip
/// takes every second position and adds channels of zeros on both sides.
private final class BasicBlock: Module {
  private let first: FrozenConvolution
  private let second: FrozenConvolution
  private let added: Int

  init(_ inputs: Int, _ outputs: Int) throws {
    added = outputs - inputs
    first = try FrozenConvolution(
      inputs, outputs, kernel: 3, stride: added == 0 ? 1 : 2, activation: .relu)
    second = try FrozenConvolution(outputs, outputs, kernel: 3, activation: .relu)
  }

  var members: [Member] { [.module("conv1", first), .module("conv2", second)] }

  func add(to cost: inout MapCost) {
    cost.pass(first)
    cost.pass(second)
  }

  func callAsFunction(_ x: Tensor) throws -> Tensor { try second(first(x), adding: skip(x)) }

  private func skip(_ x: Tensor) throws -> Tensor {
    if added == 0 { return x }
    let places = try x.sliced(2, 0..<x.shape[2], step: 2).sliced(3, 0..<x.shape[3], step: 2)
    var shape = places.shape
    shape[1] = added / 2
    let zeros = try Tensor.zeros(shape, dtype: x.dtype, device: x.device)
    return try .concatenated([zeros, places, zeros], dim: 1)
  }
}
