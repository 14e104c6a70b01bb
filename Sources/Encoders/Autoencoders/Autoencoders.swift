import Diagnostics
import Foundation

/// The autoencoders available by name on the command line. A new one adds its line here.
public enum Autoencoders {
  private static let loaders: [String: @Sendable (URL) throws -> any Autoencoder] = [
    "taef2": { try TAEF2(weights: $0) },
    "sd-vae": { try KLAutoencoder(.sd, weights: $0) },
    "sdxl-vae": { try KLAutoencoder(.sdxl, weights: $0) },
    "invae": { try KLAutoencoder(.invae, weights: $0) },
    "flux2-vae": { try KLAutoencoder(.flux2, weights: $0) },
  ]

  /// The known names.
  public static var names: [String] { loaders.keys.sorted() }

  /// Builds an autoencoder and reads its weights.
  ///
  /// - Throws: ``PeregrineError`` `.usage` for an unknown name, or what reading the weights throws.
  public static func load(_ name: String, weights: URL) throws -> any Autoencoder {
    guard let loader = loaders[name] else {
      throw PeregrineError(
        .usage, doing: "choosing an autoencoder", found: "`\(name)`",
        expected: "one of \(names.joined(separator: ", "))")
    }
    try WeightFile.requireFile(weights, for: name)
    return try loader(weights)
  }
}
