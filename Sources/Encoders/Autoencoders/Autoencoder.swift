import Diagnostics
import Nets
import Tensors

/// A network that encodes pictures as latents and decodes them.
public protocol Autoencoder: Module {
  /// The name recorded in latent caches.
  var name: String { get }
  /// The channels of a latent.
  var latentChannels: Int { get }
  /// The side of the square of pixels that one latent position covers.
  var downsampling: Int { get }
  /// The published scaling of latents: from the values that ``encode(_:)`` returns and caches store
  /// to the values that diffusion models for this autoencoder are trained on.
  var scaling: LatentScaling { get throws }

  /// Encodes pictures `[batch, 3, height, width]` in −1…1.
  func encode(_ pictures: Tensor) throws -> LatentPosterior
  /// Decodes latents to pictures in −1…1, clamped.
  func decode(_ latents: Tensor) throws -> Tensor
}

extension Autoencoder {
  /// Checks the shape of pictures.
  ///
  /// - Throws: ``PeregrineError`` `.shapeMismatch` for sides that are not multiples of the downsampling.
  func requirePictures(_ pictures: Tensor) throws {
    let shape = pictures.shape
    guard shape.count == 4, shape[1] == 3, shape[2] > 0, shape[2] % downsampling == 0,
      shape[3] > 0, shape[3] % downsampling == 0
    else {
      throw PeregrineError(
        .shapeMismatch, doing: "encoding pictures with \(name)", found: "shape \(shape)",
        expected: "[batch, 3, height, width] with sides that are multiples of \(downsampling)")
    }
  }

  /// Checks the shape of latents.
  ///
  /// - Throws: ``PeregrineError`` `.shapeMismatch` for another number of channels.
  func requireLatents(_ latents: Tensor) throws {
    guard latents.shape.count == 4, latents.shape[1] == latentChannels else {
      throw PeregrineError(
        .shapeMismatch, doing: "decoding latents with \(name)", found: "shape \(latents.shape)",
        expected: "[batch, \(latentChannels), height, width]")
    }
  }
}
