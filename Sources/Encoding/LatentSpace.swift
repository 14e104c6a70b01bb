import Encoders
import FileAccess
import Foundation

/// The latents of one autoencoder, and the numbers they were scaled with.
public struct LatentSpace: Codable, Equatable, Sendable {
  /// The autoencoder's name.
  public var autoencoder: String
  /// The hash of its weights.
  public var weightsSha256: String
  /// Where its weights were at training time.
  public var weights: String
  /// How stored latents become what the model is trained on.
  public var scaling: LatentScaling

  /// A space whose numbers are known.
  package init(autoencoder: String, weightsSha256: String, weights: String, scaling: LatentScaling)
  {
    (self.autoencoder, self.weightsSha256) = (autoencoder, weightsSha256)
    (self.weights, self.scaling) = (weights, scaling)
  }

  /// The published scaling of an autoencoder, or none.
  ///
  /// - Throws: ``PeregrineError`` `.missingInput` or `.badData` without the autoencoder's weights.
  package init(autoencoder: String, weights: URL, isScaled: Bool) throws {
    let contents = try readFile(
      weights, doing: "opening the autoencoder `\(autoencoder)`", mapped: true)
    self.init(
      autoencoder: autoencoder, weightsSha256: sha256(of: contents), weights: weights.path,
      scaling: isScaled
        ? try Autoencoders.load(autoencoder, weights: weights).scaling : .identity)
  }
}
