import Datasets
import Encoders
import FileAccess
import Foundation
import Tensors

/// A feature network with the identity of its weights.
public struct NamedFeatureNetwork {
  /// The network, on its device.
  public let network: any FeatureNetwork
  /// The SHA-256 of the file its weights came from.
  public let weightsSha256: String
  /// The device it runs on.
  public let device: Device

  /// Creates a value from a loaded network.
  public init(_ network: any FeatureNetwork, weightsSha256: String, device: Device = .cpu) {
    self.network = network
    self.weightsSha256 = weightsSha256
    self.device = device
  }

  /// Loads a network.
  ///
  /// - Parameter name: a name of ``FeatureNetworks``, such as `mobilenet-v2@128`.
  /// - Throws: ``PeregrineError`` `.usage` for an unknown name, `.missingInput` without the
  ///   weights, `.badData` when they do not match the network or are not finite.
  public init(_ name: String, weights: URL, device: Device) throws {
    network = try FeatureNetworks.load(name, weights: weights)
    try network.convert(to: .float32, on: device)
    weightsSha256 = try sha256(ofFile: weights)
    self.device = device
  }
}
