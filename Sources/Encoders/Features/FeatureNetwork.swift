import Diagnostics
import Nets
import Pictures
import Tensors

/// A frozen network that turns pictures into features.
///
///     let network = try FeatureNetworks.load("mobilenet-v2@128", weights: file)
///     let batch = try network.input(pictures)
///     let pooled = try network(batch, [.pooled])[.pooled]
///
/// Nothing is recorded for gradients.
public protocol FeatureNetwork: Module {
  /// The name recorded in protocols, such as `mobilenet-v2`.
  var name: String { get }
  /// How pictures are converted to the network's input; part of every score's protocol.
  var input: PictureInput { get }
  /// The heights and widths that the network can work with.
  var sides: InputSides { get }
  /// The outputs this network has, with the width of each.
  var outputs: [FeatureOutput: Int] { get }
  /// The names of the classes of `logits`; `nil` where only their numbers are known.
  var classNames: [String]? { get }
  /// Whether `pooled` is a token of its own, separate from `tokens`, instead of being computed from
  /// a feature map.
  var hasClassToken: Bool { get }

  /// Floating-point operations (one multiply-add counts as two) of the layers needed for the
  /// requested outputs of one input of this size.
  ///
  /// Convolutions, matrix products and attention count; norms, activations, pooling and skip
  /// connections do not.
  func forwardFLOPs(_ wanted: Set<FeatureOutput>, height: Int, width: Int) -> Double
  /// The requested outputs of a batch that was already checked; normally call the network itself
  /// instead.
  func features(_ batch: Tensor, _ wanted: Set<FeatureOutput>) throws -> [FeatureOutput: Tensor]
}

extension FeatureNetwork {
  /// Any.
  public var sides: InputSides { InputSides() }

  /// Not known.
  public var classNames: [String]? { nil }

  /// Convolutional networks have none.
  public var hasClassToken: Bool { false }

  /// The requested outputs of a prepared batch `[batch, 3, height, width]`, float32 or wider.
  ///
  /// Layers that no requested output needs are not computed.
  /// - Throws: ``PeregrineError`` `.usage` for an output the network does not have, `.shapeMismatch`
  ///   for a batch of another shape.
  public func callAsFunction(_ batch: Tensor, _ wanted: Set<FeatureOutput>) throws
    -> [FeatureOutput: Tensor]
  {
    let unknown = wanted.filter { outputs[$0] == nil }.map(\.rawValue).sorted()
    guard unknown.isEmpty else {
      throw PeregrineError(
        .usage, doing: "computing features with \(name)",
        found: "the wanted output \(unknown.joined(separator: ", "))",
        expected: outputs.keys.map(\.rawValue).sorted().joined(separator: ", "),
        advice: "Choose another output or another network.")
    }
    guard batch.shape.count == 4, batch.shape[1] == 3, batch.count > 0 else {
      throw PeregrineError(
        .shapeMismatch, doing: "computing features with \(name)", found: "shape \(batch.shape)",
        expected: "[batch, 3, height, width]")
    }
    guard sides.contains(batch.shape[2]), sides.contains(batch.shape[3]) else {
      throw PeregrineError(
        .shapeMismatch, doing: "computing features with \(name)",
        found: "pictures of \(batch.shape[3])x\(batch.shape[2]) pixels", expected: sides.words,
        advice: "Resize the pictures, or let the network do so with its name, as in `NAME@SIDE`.")
    }
    return try withoutGradients { try features(batch, wanted) }.mapValues {
      $0.dtype == .float64 ? $0 : try $0.to(.float32)
    }
  }
}

extension Tensor {
  /// A feature map `[batch, channels, rows, columns]` as one vector per position, row by row.
  func tokens() throws -> Tensor {
    try permuted([0, 2, 3, 1]).reshaped([shape[0], shape[2] * shape[3], shape[1]])
  }

  /// A feature map as one vector per item.
  func flattened() throws -> Tensor { try reshaped([shape[0], shape.dropFirst().reduce(1, *)]) }
}
