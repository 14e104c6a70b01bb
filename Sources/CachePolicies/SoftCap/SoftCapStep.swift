/// What SoftCap saw and decided at a step, for reports.
public struct SoftCapStep: Equatable, Sendable {
  /// The step's number.
  public var step: Int
  /// The drift `m`: 1 is usual.
  public var drift: Double
  /// The risk `R` since the last full step, with this one; 0 in the warm-up.
  public var risk: Double
  /// The threshold τ that the risk was compared with.
  public var threshold: Double
  /// The overspending `e` before the step, relative to the budget.
  public var overspending: Double
  /// The number of full steps before the step, `F`.
  public var fulls: Int
  /// What should have been spent before the step, `F_reference`.
  public var reference: Double
  /// The decision with its reason.
  public var decision: CacheDecision

  /// Creates a record.
  public init(
    step: Int, drift: Double, risk: Double, threshold: Double, overspending: Double, fulls: Int,
    reference: Double, decision: CacheDecision
  ) {
    self.step = step
    self.drift = drift
    self.risk = risk
    self.threshold = threshold
    self.overspending = overspending
    self.fulls = fulls
    self.reference = reference
    self.decision = decision
  }
}
