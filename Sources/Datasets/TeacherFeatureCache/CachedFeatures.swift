/// A teacher's features stored with the latents of a cache.
public struct CachedFeatures: Sendable, Equatable {
  /// The teacher that made them.
  public let features: TeacherFeatures
  /// What computing them has cost so far.
  public let cost: FeatureCost
  /// The number of rows of the cache that have features, from the first on.
  public let rows: Int
  /// Whether every latent has its features.
  public let isComplete: Bool

  /// The cost in words: time, forward passes and FLOPs.
  public var costText: String { cost.text(flopsPerPicture: features.flopsPerPicture) }
}
