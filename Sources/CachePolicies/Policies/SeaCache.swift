/// Adds up the relative changes of a probe that was filtered by what denoising can see at the step, and
/// computes the network when the sum reaches a threshold.
///
/// The first and the last step are full, and so is the step after `longestRun` forecasts. No polynomial
/// is fitted; ``SeaCacheFilter`` takes its place.
///
/// - Source: SeaCache, arXiv 2602.18993, as proposed for huggingface/diffusers (#14663). No fixture
///   covers it.
/// - Note: whoever measures the probe must filter it; with an unfiltered probe this is TeaCache with the
///   identity as polynomial and a limit on runs.
public struct SeaCache: CachePolicy, Equatable {
  /// The sum that makes a step full.
  public let threshold: Double
  /// The largest number of forecasts in a row.
  public let longestRun: Int
  /// The sum of changes since the last full step.
  public private(set) var accumulated = 0.0
  private var steps = 0
  private var run = 0

  /// Creates the policy.
  public init(threshold: Double = 0.25, longestRun: Int = 2) {
    self.threshold = threshold
    self.longestRun = longestRun
  }

  /// The first block's modulated input.
  public var probe: CacheProbe { .input }
  /// The change of the probe.
  public var measures: Set<CacheMeasure> { [.sincePrevious] }

  /// Starts with an empty sum.
  public mutating func begin(_ plan: CachePlan) {
    steps = plan.steps
    (accumulated, run) = (0, 0)
  }

  /// Decides by the sum of changes.
  public mutating func decide(_ step: Int, _ reading: CacheReading) -> CacheDecision {
    if step == 0 { return .full(.warmUp) }
    if step == steps - 1 { return .full(.tail) }
    guard let change = reading.sincePrevious, change.isFinite else {
      return .full(without: reading.sincePrevious)
    }
    accumulated += change
    if accumulated >= threshold { return .full(.risk) }
    return run < longestRun ? .forecast(.low) : .full(.age)
  }

  /// Counts forecasts; empties the sum after a full step.
  public mutating func observe(_ step: Int, _ outcome: CacheOutcome) {
    run = outcome.isFull ? 0 : run + 1
    if outcome.isFull { accumulated = 0 }
  }
}
