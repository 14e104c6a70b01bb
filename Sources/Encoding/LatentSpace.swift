import Encoders
import FileAccess
import Foundation

/// The latents of an autoencoder, and how they are scaled.
public struct LatentSpace: Codable, Equatable, Sendable {
  /// The autoencoder's name.
  public var autoencoder: String
  /// The SHA-256 of its weights.
  public var weightsSha256: String
  /// The path of its weights at training time.
  public var weights: String
  /// The scaling from stored latents to those that the model is trained on.
  public var scaling: LatentScaling

  /// Creates a space with known scaling.
  package init(autoencoder: String, weightsSha256: String, weights: String, scaling: LatentScaling)
  {
    (self.autoencoder, self.weightsSha256) = (autoencoder, weightsSha256)
    (self.weights, self.scaling) = (weights, scaling)
  }

  /// Creates the space of an autoencoder, with its published scaling or unscaled.
  ///
  /// - Throws: ``PeregrineError`` `.missingInput` or `.badData` without the autoencoder's weights.
  package init(autoencoder: String, weights: URL, isScaled: Bool) throws {
    self.init(
      autoencoder: autoencoder, weightsSha256: try sha256(ofFile: weights), weights: weights.path,
      scaling: isScaled
        ? try Autoencoders.load(autoencoder, weights: weights).scaling : .identity)
  }
}
