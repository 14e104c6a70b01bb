import Foundation

/// Sets the risk at which a step is full from what was spent so far.
///
/// A proportional-integral law on the overspending `e = (F − F_reference) / N`:
/// `τ = τ₀ · exp(clip(Kp·e + Ki·I, ln low, ln high))`, then `I ← λ·I + e`. Overspending raises the
/// threshold, underspending lowers it, and never beyond the limits.
///
/// - Source: the "soft-budget PI controller" of arXiv 2605.27075, which states a proportional and an
///   integral term on the realised compute minus a reference. The exponential form, the gains, the
///   leak and the limits are ours.
public struct BudgetController: Equatable, Sendable {
  /// The threshold without over- or underspending.
  public enum Base: Equatable, Sendable {
    /// The mean risk between two full steps if the budget `N` is met and each step adds 1:
    /// `(T − K − E) / (N − K − E)`.
    case capScaled
    /// A number calibrated once, at any budget. Only with it does the spending saturate below a large
    /// budget: what is not risky is not computed.
    case absolute(Double)
  }

  /// The threshold τ₀ without over- or underspending.
  public var base: Base
  /// The weight `Kp` of the overspending.
  public var proportionalGain: Double
  /// The weight `Ki` of the accumulated overspending.
  public var integralGain: Double
  /// The share λ of the accumulated overspending that is left after a step, from 0 to 1.
  public var leak: Double
  /// The smallest and the largest threshold, relative to τ₀.
  public var limits: ClosedRange<Double>
  /// Whether the overspending is not accumulated while the threshold is at a limit and the
  /// overspending pushes it further.
  public var preventsWindup: Bool
  /// Whether steps that are full whatever the threshold count in the accumulated overspending.
  public var learnsFromForcedSteps: Bool
  /// The accumulated overspending `I`.
  public private(set) var integral = 0.0

  /// Creates a controller.
  ///
  /// - Parameter limits: by default 0.25 to 4 for `capScaled`, 0.5 to 6 for `absolute`.
  public init(
    base: Base = .capScaled, proportionalGain: Double = 3, integralGain: Double = 0.3,
    leak: Double = 0.9, limits: ClosedRange<Double>? = nil, preventsWindup: Bool = true,
    learnsFromForcedSteps: Bool = true
  ) {
    self.base = base
    self.proportionalGain = proportionalGain
    self.integralGain = integralGain
    self.leak = leak
    self.limits = limits ?? (base == .capScaled ? 0.25...4 : 0.5...6)
    self.preventsWindup = preventsWindup
    self.learnsFromForcedSteps = learnsFromForcedSteps
  }

  /// The settings with nothing accumulated yet.
  func restarted() -> BudgetController {
    var controller = self
    controller.integral = 0
    return controller
  }

  /// The threshold τ₀ for a trajectory; infinite if the budget is spent on the warm-up and the tail.
  func base(for guards: RefreshGuards) -> Double {
    switch base {
    case .absolute(let threshold): threshold
    case .capScaled:
      guards.spare > 0 ? Double(guards.between) / Double(guards.spare) : .infinity
    }
  }

  /// The threshold at an overspending `e`.
  func threshold(_ base: Double, overspending: Double) -> Double {
    base * exp(min(max(push(overspending), log(limits.lowerBound)), log(limits.upperBound)))
  }

  /// Accumulates the overspending of a step.
  ///
  /// - Parameter isForced: whether the step was full whatever the threshold.
  mutating func learn(overspending: Double, isForced: Bool) {
    if isForced, !learnsFromForcedSteps { return }
    let push = push(overspending)
    let winds =
      push >= log(limits.upperBound) && overspending > 0
      || push <= log(limits.lowerBound) && overspending < 0
    if preventsWindup, winds { return }
    integral = leak * integral + overspending
  }

  private func push(_ overspending: Double) -> Double {
    proportionalGain * overspending + integralGain * integral
  }
}
