import Foundation
import Nets
import Tensors

/// The Inception network of the Fréchet Inception Distance: the TensorFlow graph of 2015-12-05.
///
/// It differs from torchvision's: average pooling does not count the padding, the last block has
/// max pooling, and there are 1008 classes. Pictures are prepared in one of two ways, which give
/// different scores:
/// - `inception`, as pytorch-fid: bilinear with half-pixel centres to 299, then −1…1;
/// - `inception-adm`, as ADM's evaluator and torch-fidelity: the graph's own bilinear resize with the
///   corner grid of TensorFlow 1, then (v − 128) / 128.
///
/// `spatial` is the tensor `mixed_6/conv` of that graph, its first 7 channels, 17·17·7 = 2023 numbers
/// in the order row, column, channel. `mixed` … `mixed_10` are torchvision's `Mixed_5b`, `5c`, `5d`,
/// `6a` … `6e`, `7a` … `7c`, so this is `branch1x1` of `Mixed_6d`. It is the value *after* batch
/// normalisation and ReLU: the raw convolution is a node of its own there, `mixed_6/conv/Conv2D`,
/// and `mixed_6/conv` equals the first channels of the block's joined output
/// (openai/guided-diffusion, issue 109).
///
/// `logits` are `pooled · weightᵀ` without the bias, as is usual for the Inception Score with this
/// graph.
/// - Shapes: input `[batch, 3, 299, 299]`; `pooled` `[batch, 2048]`, `logits` `[batch, 1008]`,
///   `spatial` `[batch, 2023]`.
/// - Source: Szegedy et al., arXiv 1512.00567; names and weights of mseitzer/pytorch-fid,
///   `pt_inception-2015-12-05-6726825d.pth`. Matches `Fixtures/features`.
public final class InceptionV3: FeatureNetwork {
  /// `inception`, or `inception-adm` for the input of ADM's evaluator.
  public let name: String
  /// How pictures are converted to the network's input.
  public let input: PictureInput
  private let stages: [(name: String, stage: InceptionStage)]
  private let classifier: Linear

  /// The preparation of pictures in pytorch-fid.
  public static let standardInput = PictureInput.symmetric(.bilinear(side: 299))
  /// The preparation of pictures in the evaluator of ADM (guided-diffusion) and in torch-fidelity.
  public static let admInput = PictureInput(
    .tensorFlowBilinear(side: 299), mean: [128, 128, 128], deviation: [128, 128, 128])

  /// With smaller ones the last pooling has nothing left.
  public static let sides = InputSides(from: 75)
  /// The same for every instance.
  public var sides: InputSides { Self.sides }

  /// Builds the network with zero weights.
  public init(name: String = "inception", input: PictureInput = standardInput) throws {
    self.name = name
    self.input = input
    stages = try InceptionPlan.stages()
    classifier = try Linear(2048, 1008)
  }

  /// Builds the network and reads its weights; batch normalisations are folded into the
  /// convolutions.
  ///
  /// - Throws: what reading throws; ``PeregrineError`` `.badData` for weights that do not fit or are
  ///   not finite.
  public convenience init(
    weights url: URL, name: String = "inception", input: PictureInput = standardInput
  ) throws {
    try self.init(name: name, input: input)
    try load(published: url) { try foldingBatchNorms($0, epsilon: 1e-3, from: url.path) }
  }

  /// `Conv2d_1a_3x3`…`Mixed_7c`, `fc`.
  public var members: [Member] {
    stages.flatMap { name, stage in
      stage.convolutions.map { part, convolution in
        .module([name, part, "conv"].filter { !$0.isEmpty }.joined(separator: "."), convolution)
      }
    } + [.module("fc", classifier)]
  }

  /// 2048 features, 1008 classes, 2023 spatial features.
  public var outputs: [FeatureOutput: Int] { [.pooled: 2048, .logits: 1008, .spatial: 2023] }

  /// The requested outputs of a checked batch.
  public func features(_ batch: Tensor, _ wanted: Set<FeatureOutput>) throws
    -> [FeatureOutput: Tensor]
  {
    var results: [FeatureOutput: Tensor] = [:]
    try run(batch, until: Self.lastStage(for: wanted)) { name, map in
      if name == "Mixed_6d", wanted.contains(.spatial) {
        // The first channels of the joined map are those of `branch1x1`.
        results[.spatial] = try map.sliced(1, 0..<7).permuted([0, 2, 3, 1]).flattened()
      }
      guard name == "Mixed_7c" else { return }
      let pooled = try map.mean([2, 3])
      if wanted.contains(.pooled) { results[.pooled] = pooled }
      if wanted.contains(.logits) {
        results[.logits] = try pooled.linear(classifier.weight.value, nil)
      }
    }
    return results
  }

  /// The FLOPs of the requested outputs for one input.
  public func forwardFLOPs(_ wanted: Set<FeatureOutput>, height: Int, width: Int) -> Double {
    var cost = MapCost(height: height, width: width)
    for (name, stage) in stages {
      stage.add(to: &cost)
      if name == Self.lastStage(for: wanted) { break }
    }
    let classes = wanted.contains(.logits) ? 2 * Double(classifier.weight.value.count) : 0
    return cost.flops + classes
  }

  private static func lastStage(for wanted: Set<FeatureOutput>) -> String {
    wanted == [.spatial] ? "Mixed_6d" : "Mixed_7c"
  }

  /// Runs the stages in turn and passes each feature map on.
  func run(_ batch: Tensor, until last: String, _ visit: (String, Tensor) throws -> Void) throws {
    var map = try batch.channelsLast()
    for (name, stage) in stages {
      map = try stage(map)
      try visit(name, map)
      if name == last { return }
    }
  }
}
