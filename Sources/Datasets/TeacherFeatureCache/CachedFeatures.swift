/// The features that lie beside the latents of a cache.
public struct CachedFeatures: Sendable, Equatable {
  /// Whose they are.
  public let features: TeacherFeatures
  /// What they took so far.
  public let cost: FeatureCost
  /// For how many of the cache's rows they are there, from the first on.
  public let rows: Int
  /// Whether every latent has its features.
  public let isComplete: Bool

  /// The cost in words: time, forward passes and arithmetic.
  public var costText: String { cost.text(flopsPerPicture: features.flopsPerPicture) }
}
