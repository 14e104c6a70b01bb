import Diagnostics

/// Spends a budget of full steps where the trajectory drifts most.
///
/// At each step between the guards, the risk of going on with forecasts grows by
/// `A · m · (1 + κ·(a − 1))`: how much an error at this step weighs at the end, how unusual the probe
/// is, and how many steps the last full one is away. The step is full if the risk since the last full
/// step reaches a threshold, which a controller raises and lowers to follow the budget.
///
///     var policy = SoftCap(.fulls(14), mode: .capped, amplification: .measured(deviations))
///     try policy.begin(CachePlan(times: times, depth: 28))
///
/// A hard cap trades error for cost: if the drift comes in a burst, it can be worse than full steps at
/// even distances. The soft mode with offline scales is the robust one. Uneven full steps need a
/// forecast whose weights are limited, and a wrong amplification is worse than even distances.
///
/// - Source: arXiv 2605.27075 version 1, "SoftCap: Soft-Budget Control for Diffusion Transformer
///   Acceleration", and version 2 for the cap, the product form of the risk, the guards and their
///   order. No code was published; all numbers and what the abstracts leave open are ours.
public struct SoftCap: CachePolicy, Equatable {
  /// What the budget is.
  public enum Mode: String, CaseIterable, Sendable {
    /// A target: the controller follows it, but a hard picture may spend more, an easy one less.
    case soft
    /// A cap: never more full steps, even if the risk is high.
    case capped
  }

  /// How much is to be spent on a picture.
  public var budget: Budget
  /// What the budget is.
  public var mode: Mode
  /// What is measured at each step; without a probe, the amplification and the age alone decide.
  public var probe: CacheProbe
  /// The number of first steps that are full, `K`; at least 1.
  public var warmUp: Int
  /// The number of last steps that are full, `E`.
  public var tail: Int
  /// How many times longer than an even spacing the longest run of forecasts may be.
  public var slack: Double
  /// The longest run of forecasts, instead of what follows from ``slack``.
  public var longestRun: Int?
  /// The growth κ of the risk with each step since the last full one.
  public var ageGrowth: Double
  /// How much an error at a step weighs at the end.
  public var amplification: Amplification
  /// Judges the probe's readings.
  public var observer: DriftObserver
  /// Sets the threshold.
  public var controller: BudgetController

  /// What was seen and decided at each step so far.
  public private(set) var trace: [SoftCapStep] = []
  /// The guards of the trajectory; `nil` before it begins.
  public private(set) var guards: RefreshGuards?
  private var factors: [Double] = []
  private var reference = ReferenceProfile(factors: [], warmUp: 0, tail: 0, budget: 0)
  private var fulls = 0
  private var age = 0
  private var risk = 0.0
  private var nextRisk = 0.0

  /// Creates a policy.
  ///
  /// - Parameters:
  ///   - warmUp: 3 full steps, so that there is a forecast of order 2.
  ///   - slack: by default 3 in the soft mode and 2 in the capped one.
  public init(
    _ budget: Budget, mode: Mode, probe: CacheProbe = .blocks(1), warmUp: Int = 3, tail: Int = 1,
    slack: Double? = nil, longestRun: Int? = nil, ageGrowth: Double = 0,
    amplification: Amplification = .uniform, observer: DriftObserver = DriftObserver(),
    controller: BudgetController = BudgetController()
  ) {
    self.budget = budget
    self.mode = mode
    self.probe = probe
    self.warmUp = warmUp
    self.tail = tail
    self.slack = slack ?? (mode == .soft ? 3 : 2)
    self.longestRun = longestRun
    self.ageGrowth = ageGrowth
    self.amplification = amplification
    self.observer = observer
    self.controller = controller
  }

  /// The error of the probe's forecasts, and its change since the step before.
  public var measures: Set<CacheMeasure> { probe == .none ? [] : [.forecasts, .sincePrevious] }

  /// Starts a trajectory.
  ///
  /// - Throws: ``PeregrineError`` `.usage` if a setting is out of range, the budget is below what the
  ///   guards need, or the amplification was measured for other steps.
  public mutating func begin(_ plan: CachePlan) throws {
    try checkSettings()
    let guards = try feasibleGuards(plan)
    factors = try amplification.factors(plan, warmUp: warmUp, tail: tail)
    reference = ReferenceProfile(
      factors: factors, warmUp: warmUp, tail: tail, budget: guards.budget)
    observer = observer.restarted()
    controller = controller.restarted()
    self.guards = guards
    (trace, fulls, age, risk, nextRisk) = ([], 0, 0, 0, 0)
  }

  /// Decides about a step: guards first, then the risk.
  public mutating func decide(_ step: Int, _ reading: CacheReading) -> CacheDecision {
    guard let guards, factors.indices.contains(step) else { return .full(.warmUp) }
    age += 1
    let isWarmUp = step < guards.warmUp
    if isWarmUp { observer.seed(reading) }
    let drift = isWarmUp ? observer.drift : observer.observe(reading)
    let growth = factors[step] * drift * (1 + ageGrowth * Double(age - 1))
    nextRisk = isWarmUp ? 0 : risk + growth
    let expected = reference.spent(before: step)
    let overspending = (Double(fulls) - expected) / Double(guards.budget)
    let threshold = controller.threshold(
      controller.base(for: guards), overspending: overspending)
    let decision = decision(step, guards, threshold)
    if !isWarmUp {
      let isForced = decision.reason == .tail || decision.reason == .age
      controller.learn(overspending: overspending, isForced: isForced)
    }
    trace.append(
      SoftCapStep(
        step: step, drift: drift, risk: nextRisk, threshold: threshold,
        overspending: overspending, fulls: fulls, reference: expected, decision: decision))
    return decision
  }

  /// Counts the step. A step that the executor computed although it was to be forecast counts too.
  public mutating func observe(_ step: Int, _ outcome: CacheOutcome) {
    if outcome.isFull {
      (fulls, age, risk) = (fulls + 1, 0, 0)
    } else if nextRisk.isFinite {
      risk = nextRisk
    }
  }

  /// The decision at a threshold. A risk that is not finite reaches every threshold, but not the cap.
  private func decision(_ step: Int, _ guards: RefreshGuards, _ threshold: Double)
    -> CacheDecision
  {
    if step < guards.warmUp { return .full(.warmUp) }
    if step >= guards.steps - guards.tail { return .full(.tail) }
    if age > guards.longestRun { return .full(.age) }
    if nextRisk.isFinite, nextRisk < threshold { return .forecast(.low) }
    let isReserved = fulls + 1 + guards.need(after: step) > guards.budget
    if mode == .capped, isReserved { return .forecast(.reserve) }
    return .full(nextRisk.isFinite ? .risk : .notFinite)
  }
}
