import Diagnostics
import Nets
import Tensors

/// A network that turns pictures into latents and back.
public protocol Autoencoder: Module {
  /// The name that latent caches record.
  var name: String { get }
  /// The channels of a latent.
  var latentChannels: Int { get }
  /// How many pixels one latent cell stands for, per side.
  var downsampling: Int { get }
  /// The published way from latents, as ``encode(_:)`` gives and caches store them, to the numbers that
  /// diffusion models of this autoencoder are trained on.
  var scaling: LatentScaling { get throws }

  /// What the autoencoder says of pictures `[batch, 3, height, width]` in −1…1.
  func encode(_ pictures: Tensor) throws -> LatentPosterior
  /// Latents to pictures in −1…1, clamped.
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
