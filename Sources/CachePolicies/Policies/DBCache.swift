/// First-Block Cache with several blocks as the probe, a warm-up, a mask and limits.
///
/// Steps are decided by the first rule that applies:
/// 1. full in the warm-up, at every `warmUpInterval`-th of its steps;
/// 2. full where the mask says so;
/// 3. a forecast elsewhere, if the mask decides alone;
/// 4. full once `forecastLimit` forecasts were made;
/// 5. full if `runLimit` is reached;
/// 6. full once the changes measured so far add up to `changeLimit`; the sum never falls, so every
///    later step that gets this far is full as well;
/// 7. a forecast if the change since the last full step, as in ``FirstBlockCache``, is below
///    `threshold`.
///
/// - Source: vipshop/cache-dit; matches the fixture's `dbcache_*`. Its defaults are 8 blocks, a
///   threshold of 0.08 and a warm-up of 8.
/// - Departs: decides for each picture. There are no blocks at the end that always run, which a policy
///   cannot ask for. Every threshold is compared; the code forecasts always from a threshold of 1 on.
public struct DBCache: CachePolicy, Equatable {
  /// Steps that are full in any case.
  public enum Mask: Equatable, Sendable {
    /// None.
    case none
    /// Where the mask is false, the other rules decide ("dynamic").
    case required([Bool])
    /// Where the mask is false, the step is a forecast ("static").
    case exact([Bool])
  }

  /// How long a run of forecasts may be.
  public enum RunLimit: Equatable, Sendable {
    /// As long as it happens to be.
    case none
    /// The number of forecasts in a row.
    case length(Int)
    /// The value of cache-dit's counter, which is no length: see ``DBCacheRunCounter``.
    case shippedCounter(Int)
  }

  /// How many blocks are the probe.
  public var firstBlocks: Int
  /// The change from which on a step is full.
  public var threshold: Double
  /// The number of steps at the start in which steps are full; with a mask, at most as many as the
  /// mask begins with.
  public var warmUp: Int
  /// The distance of the full steps in the warm-up.
  public var warmUpInterval: Int
  /// Steps that are full in any case.
  public var mask: Mask
  /// The largest number of forecasts in a trajectory.
  public var forecastLimit: Int?
  /// How long a run of forecasts may be.
  public var runLimit: RunLimit
  /// The sum of changes from which on every step is full.
  public var changeLimit: Double?

  /// cache-dit's counter, whether or not it limits anything.
  public private(set) var counter = DBCacheRunCounter()
  /// The changes measured so far, at full steps too.
  public private(set) var changes = 0.0
  private var forecasts = 0
  private var run = 0

  /// Creates the policy.
  public init(
    firstBlocks: Int = 8, threshold: Double = 0.08, warmUp: Int = 8, warmUpInterval: Int = 1,
    mask: Mask = .none, forecastLimit: Int? = nil, runLimit: RunLimit = .none,
    changeLimit: Double? = nil
  ) {
    self.firstBlocks = firstBlocks
    self.threshold = threshold
    self.warmUp = warmUp
    self.warmUpInterval = warmUpInterval
    self.mask = mask
    self.forecastLimit = forecastLimit
    self.runLimit = runLimit
    self.changeLimit = changeLimit
  }

  /// What the first blocks add.
  public var probe: CacheProbe { .blocks(firstBlocks) }
  /// The change of the probe.
  public var measures: Set<CacheMeasure> { [.sinceFull] }

  private var maskedSteps: [Bool]? {
    switch mask {
    case .none: return nil
    case .required(let steps), .exact(let steps): return steps
    }
  }

  /// Starts with nothing counted.
  ///
  /// - Throws: ``PeregrineError`` `.usage` for a probe that leaves no block to cache, a warm-up interval
  ///   below 1, or a mask for another number of steps.
  public mutating func begin(_ plan: CachePlan) throws {
    try requireSetting(
      firstBlocks >= 1 && firstBlocks < plan.depth, "a probe of", "\(firstBlocks) blocks",
      expected: "at least 1 and at most \(plan.depth - 1) of the network's \(plan.depth)")
    try requireSetting(
      warmUpInterval >= 1, "a warm-up interval of", warmUpInterval, expected: "1 or more steps")
    let masked = maskedSteps?.count ?? plan.steps
    try requireSetting(
      masked == plan.steps, "a step mask for", "\(masked) steps", expected: "one for \(plan.steps)")
    counter = DBCacheRunCounter()
    (changes, forecasts, run) = (0, 0, 0)
  }

  /// Decides by the first rule that applies.
  public mutating func decide(_ step: Int, _ reading: CacheReading) -> CacheDecision {
    if let decision = decideAhead(step) { return decision }
    if let decision = decideByLimits() { return decision }
    guard let change = reading.sinceFull, change.isFinite else {
      return .full(without: reading.sinceFull)
    }
    changes += change
    return change < threshold ? .forecast(.low) : .full(.risk)
  }

  /// What warm-up and mask say.
  private func decideAhead(_ step: Int) -> CacheDecision? {
    let masked = maskedSteps
    let warmUp = min(warmUp, masked.map { $0.prefix { $0 }.count } ?? warmUp)
    if step < warmUp, step.isMultiple(of: warmUpInterval) { return .full(.warmUp) }
    guard let masked else { return nil }
    if masked[step] { return .full(.schedule) }
    if case .exact = mask { return .forecast(.schedule) }
    return nil
  }

  /// What the limits say.
  private mutating func decideByLimits() -> CacheDecision? {
    if let forecastLimit, forecasts >= forecastLimit { return .full(.age) }
    switch runLimit {
    case .none: break
    case .length(let limit): if run >= limit { return .full(.age) }
    case .shippedCounter(let limit): if counter.fires(at: limit) { return .full(.age) }
    }
    if let changeLimit, changes >= changeLimit { return .full(.risk) }
    return nil
  }

  /// Counts forecasts.
  public mutating func observe(_ step: Int, _ outcome: CacheOutcome) {
    run = outcome.isFull ? 0 : run + 1
    guard !outcome.isFull else { return }
    forecasts += 1
    counter.count(step)
  }
}
