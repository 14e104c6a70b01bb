/// Computes the first block at every step, and the others only if what it adds has changed enough
/// since the last full step.
///
/// With h what the first block adds to the tokens and F the last full step,
/// ρ = mean |h_i - h_F| / mean |h_F|; a step is a forecast if ρ is below the threshold. Nothing is
/// accumulated, and neither the first steps nor the last are full unless `warmUp` says so.
///
/// - Source: chengzeyi/ParaAttention and huggingface/diffusers; matches the fixture's `fbc_*`.
///   Thresholds run from 0.05 to 0.12.
/// - Departs: decides for each picture, the code for the batch. A threshold of 0 or less computes every
///   step, also where ρ = 0.
public struct FirstBlockCache: CachePolicy, Equatable {
  /// What a ratio equal to the threshold means.
  public enum Tie: Equatable, Sendable {
    /// The step is full, as in ParaAttention.
    case full
    /// The step is a forecast, as in diffusers.
    case forecast
  }

  /// The ratio from which on a step is full.
  public let threshold: Double
  /// What a ratio equal to the threshold means.
  public let tie: Tie
  /// How many steps are full at the start.
  public let warmUp: Int

  /// Creates the policy.
  public init(threshold: Double, tie: Tie = .full, warmUp: Int = 0) {
    self.threshold = threshold
    self.tie = tie
    self.warmUp = warmUp
  }

  /// What the first block adds.
  public var probe: CacheProbe { .blocks(1) }
  /// The change of the probe.
  public var measures: Set<CacheMeasure> { [.sinceFull] }

  /// Checks that there is something to cache.
  ///
  /// - Throws: ``PeregrineError`` `.usage` for a network of one block.
  public mutating func begin(_ plan: CachePlan) throws {
    try requireSetting(
      plan.depth > 1, "a First-Block Cache for a network with a depth of", plan.depth,
      expected: "2 or more blocks", advice: "Use a policy without a probe of blocks.")
  }

  /// Decides by the change since the last full step.
  public func decide(_ step: Int, _ reading: CacheReading) -> CacheDecision {
    if step < warmUp { return .full(.warmUp) }
    guard let change = reading.sinceFull, change.isFinite else {
      return .full(without: reading.sinceFull)
    }
    let isLow = change < threshold || (tie == .forecast && change == threshold)
    return threshold > 0 && isLow ? .forecast(.low) : .full(.risk)
  }
}
