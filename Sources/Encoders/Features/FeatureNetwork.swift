import Nets
import Tensors

/// A frozen network that turns pictures into features.
///
///     let network = try FeatureNetworks.load("mobilenet-v2@128", weights: file)
///     let batch = try network.input(pictures, device: .cpu)
///     let pooled = try network(batch, [.pooled])[.pooled]
public protocol FeatureNetwork: Module {
  /// The name that protocols record, such as `mobilenet-v2`.
  var name: String { get }
  /// How pictures become the network's input; a part of every score's protocol.
  var input: PictureInput { get }
  /// The outputs this network has, with the width of each.
  var outputs: [FeatureOutput: Int] { get }

  /// The wanted outputs of a prepared batch `[batch, 3, height, width]`.
  ///
  /// Outputs are float32 or wider. Layers that no wanted output needs are not computed.
  /// - Throws: ``PeregrineError`` `.usage` for an output the network does not have.
  func callAsFunction(_ batch: Tensor, _ wanted: Set<FeatureOutput>) throws -> [FeatureOutput:
    Tensor]
}
