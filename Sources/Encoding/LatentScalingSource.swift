/// How latents are scaled.
public enum LatentScalingSource: String, CaseIterable, Codable, Sendable {
  /// With the mean and standard deviation of each channel over the latents of the cache.
  case statistics
  /// As published for the autoencoder: with a factor, or with statistics stored in its weights.
  case autoencoder
  /// Not at all.
  case none
}
