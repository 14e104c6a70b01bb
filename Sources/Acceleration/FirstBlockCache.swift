import Models

/// Runs the first block of every evaluation; while what it adds to the tokens stays near what it added
/// when the picture was last computed, the other blocks are answered from the cache.
///
/// - Source: First-Block Cache of the public ParaAttention code, which reuses while the relative distance
///   is below the threshold; 0.05 to 0.12 are common.
/// - Departs: distances are taken for each picture, not over the batch, so that a picture does not depend
///   on those beside it.
public struct FirstBlockCache: CachePolicy, Equatable {
  /// Below this relative distance the cache answers; 0 or less always computes.
  public var threshold: Double

  /// A policy with a threshold.
  public init(threshold: Double) { self.threshold = threshold }

  /// Everything after the first block.
  public var site: ComputationSite { .tail(after: 0) }

  /// Reuses strictly below the threshold.
  public func decide(_ slot: CacheSlot, _ drifts: [Drift]) -> [CacheDecision] {
    drifts.map { drift in
      guard case .relative(let distance) = drift, distance < threshold else { return .compute }
      return .reuse
    }
  }
}
