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

  /// Pictures `[batch, 3, height, width]` in −1…1 to latents.
  func encode(_ pictures: Tensor) throws -> Tensor
  /// Latents to pictures in −1…1, clamped.
  func decode(_ latents: Tensor) throws -> Tensor
}
