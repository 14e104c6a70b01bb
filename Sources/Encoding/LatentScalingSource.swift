/// Which numbers latents are scaled with.
public enum LatentScalingSource: String, CaseIterable, Codable, Sendable {
  /// The mean and deviation of each channel over the latents of the cache.
  case statistics
  /// Those that the autoencoder was published with: a factor, or statistics among its weights.
  case autoencoder
  /// None: latents as they are.
  case none
}
