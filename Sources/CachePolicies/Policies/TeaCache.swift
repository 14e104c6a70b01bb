/// Adds up how much the network's output is expected to have changed, and computes the network when
/// the sum reaches a threshold.
///
/// The first and the last step are full. At the others, with p the modulated input of the first block,
/// s ← s + P(mean |p_i - p_(i-1)| / mean |p_(i-1)|), where the ``ChangePolynomial`` P translates a
/// change of the probe since the previous step into one of the output; s < threshold is a forecast,
/// otherwise the step is full and s ← 0.
///
/// - Source: ali-vilab/TeaCache; matches the fixture's `teacache_*`. Its thresholds are 0.25, 0.4, 0.6
///   and 0.8 for FLUX (1.5 to 2.25 times as fast by its readme), 0.1 and 0.15 for HunyuanVideo.
/// - Departs: decides for each picture, the code for the batch. A threshold of 0 or less computes every
///   step, even where the polynomial is negative.
public struct TeaCache: CachePolicy, Equatable {
  /// Translates a change of the probe into one of the output.
  public let polynomial: ChangePolynomial
  /// The sum that makes a step full.
  public let threshold: Double
  /// The sum of expected changes since the last full step.
  public private(set) var accumulated = 0.0
  private var steps = 0

  /// Creates the policy.
  public init(_ polynomial: ChangePolynomial, threshold: Double) {
    self.polynomial = polynomial
    self.threshold = threshold
  }

  /// The first block's modulated input.
  public var probe: CacheProbe { .input }
  /// The change of the probe.
  public var measures: Set<CacheMeasure> { [.sincePrevious] }

  /// Starts with an empty sum.
  public mutating func begin(_ plan: CachePlan) {
    steps = plan.steps
    accumulated = 0
  }

  /// Decides by the sum of expected changes.
  public mutating func decide(_ step: Int, _ reading: CacheReading) -> CacheDecision {
    if step == 0 { return .full(.warmUp) }
    if step == steps - 1 { return .full(.tail) }
    guard let change = reading.sincePrevious, change.isFinite else {
      return .full(without: reading.sincePrevious)
    }
    accumulated += polynomial.value(at: change)
    return threshold > 0 && accumulated < threshold ? .forecast(.low) : .full(.risk)
  }

  /// Empties the sum after a full step.
  public mutating func observe(_ step: Int, _ outcome: CacheOutcome) {
    if outcome.isFull { accumulated = 0 }
  }
}
