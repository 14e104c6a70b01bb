import Models

/// Runs the first block at every evaluation. As long as the first block's residual stays near the
/// one from when the picture was last computed, the other blocks are answered from the cache.
///
/// - Source: First-Block Cache of the public ParaAttention code, which reuses while the relative
///   distance is below the threshold; 0.05 to 0.12 are common.
/// - Departs: distances are taken per picture instead of over the batch, so that a picture does not
///   depend on the rest of its batch.
public struct FirstBlockCache: CachePolicy, Equatable {
  /// The relative distance below which the cache is used; with 0 or less everything is computed.
  public var threshold: Double

  /// Creates a policy with a threshold.
  public init(threshold: Double) { self.threshold = threshold }

  /// All blocks after the first.
  public var site: ComputationSite { .tail(after: 0) }

  /// Reuses the cache if the distance is strictly below the threshold.
  public func decide(_ slot: CacheSlot, _ drifts: [Drift]) -> [CacheDecision] {
    drifts.map { drift in
      guard case .relative(let distance) = drift, distance < threshold else { return .compute }
      return .reuse
    }
  }
}
