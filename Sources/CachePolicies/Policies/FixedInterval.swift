/// Computes the network in fixed intervals, whatever the picture.
///
/// The published rules differ in where the intervals start, so each has its own name. With i the step
/// from 0 on, T the number of steps and N the interval, a step is full
/// - FORA: if i = 0 or (T - 1 - i) mod N = 0, so the last step is always full;
/// - TaylorSeer: if i < warmUp, or N - 1 steps were forecast since the last full one;
/// - diffusers: if i < warmUp, or (i - warmUp - 1) mod N = 0, or i >= coolDown.
///
/// - Source: FORA (prathebaselva/FORA), TaylorSeer (Shenyi-Z/TaylorSeer), the TaylorSeer hook of
///   huggingface/diffusers; matches the fixture's `schedule_*`, `taylorseer_*`, `diffusers_taylor_*`.
public struct FixedInterval: CachePolicy, Equatable {
  /// Where intervals start.
  public enum Rule: Equatable, Sendable {
    /// Intervals are counted back from the last step.
    case fora
    /// The first interval starts at the last of `warmUp` full steps.
    case taylorSeer(warmUp: Int)
    /// The first interval starts one step after `warmUp` full steps; from the step `coolDown` on,
    /// every step is full.
    case diffusers(warmUp: Int, coolDown: Int?)
  }

  /// Where intervals start.
  public let rule: Rule
  /// The number of steps from one full step to the next.
  public let interval: Int
  private var steps = 0

  /// Creates the policy.
  public init(_ rule: Rule, interval: Int) {
    self.rule = rule
    self.interval = interval
  }

  /// FORA's rule; its code uses 3 with 250 steps.
  public static func fora(interval: Int = 3) -> FixedInterval {
    FixedInterval(.fora, interval: interval)
  }

  /// TaylorSeer's rule. Its code uses a warm-up of 2 (DiT), 3 (FLUX) or 1 (HunyuanVideo).
  public static func taylorSeer(interval: Int, warmUp: Int) -> FixedInterval {
    FixedInterval(.taylorSeer(warmUp: warmUp), interval: interval)
  }

  /// The rule and the defaults of diffusers.
  public static func diffusers(interval: Int = 5, warmUp: Int = 3, coolDown: Int? = nil)
    -> FixedInterval
  {
    FixedInterval(.diffusers(warmUp: warmUp, coolDown: coolDown), interval: interval)
  }

  /// Keeps the number of steps.
  ///
  /// - Throws: ``PeregrineError`` `.usage` for an interval or a warm-up below 1.
  public mutating func begin(_ plan: CachePlan) throws {
    try requireSetting(interval >= 1, "interval", interval, expected: "1 or more steps")
    switch rule {
    case .fora: break
    case .taylorSeer(let warmUp), .diffusers(let warmUp, _):
      try requireSetting(warmUp >= 1, "a warm-up of", warmUp, expected: "1 or more steps")
    }
    steps = plan.steps
  }

  /// Decides by the rule.
  public func decide(_ step: Int, _ reading: CacheReading) -> CacheDecision {
    switch rule {
    case .fora:
      return .scheduled(full: step == 0 || (steps - 1 - step).isMultiple(of: interval))
    case .taylorSeer(let warmUp):
      if step < warmUp { return .full(.warmUp) }
      return .scheduled(full: (step - warmUp + 1).isMultiple(of: interval))
    case .diffusers(let warmUp, let coolDown):
      if step < warmUp { return .full(.warmUp) }
      if let coolDown, step >= coolDown { return .full(.tail) }
      return .scheduled(full: (step - warmUp - 1).isMultiple(of: interval))
    }
  }
}
