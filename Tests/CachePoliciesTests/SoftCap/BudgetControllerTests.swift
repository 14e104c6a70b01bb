import Foundation
import Testing

@testable import CachePolicies

@Suite struct BudgetControllerTests {
  @Test func theThresholdIsTheExponentialOfTheLaw() {
    var controller = BudgetController(base: .absolute(2))
    controller.learn(overspending: 0.1, isForced: false)
    controller.learn(overspending: 0.2, isForced: false)
    let integral = 0.9 * 0.1 + 0.2
    #expect(abs(controller.integral - integral) < 1e-12)
    let expected = 2 * exp(3 * 0.1 + 0.3 * integral)
    #expect(abs(controller.threshold(2, overspending: 0.1) - expected) < 1e-12)
  }

  @Test func theThresholdStaysWithinItsLimits() {
    for (controller, limits) in [
      (BudgetController(), 0.25...4.0), (BudgetController(base: .absolute(1)), 0.5...6),
    ] {
      for overspending in stride(from: -3.0, through: 3, by: 0.05) {
        let threshold = controller.threshold(1, overspending: overspending)
        #expect(threshold >= limits.lowerBound * (1 - 1e-12))
        #expect(threshold <= limits.upperBound * (1 + 1e-12))
      }
      #expect(abs(controller.threshold(1, overspending: 3) - limits.upperBound) < 1e-12)
      #expect(abs(controller.threshold(1, overspending: -3) - limits.lowerBound) < 1e-12)
    }
  }

  @Test func theBaseIsTheMeanRiskBetweenFullSteps() {
    let guards = RefreshGuards(steps: 50, warmUp: 3, tail: 1, budget: 14, slack: 2)
    #expect(BudgetController().base(for: guards) == 4.6)
    #expect(BudgetController(base: .absolute(7)).base(for: guards) == 7)
    let bare = RefreshGuards(steps: 50, warmUp: 3, tail: 1, budget: 4, slack: 2)
    #expect(BudgetController().base(for: bare) == .infinity)
  }

  /// A long overspending, then underspending: without the guard the accumulated overspending keeps
  /// the threshold up long after the sign has changed.
  @Test func aThresholdAtItsLimitDoesNotWindUp() {
    func delay(preventsWindup: Bool) -> Int {
      var controller = BudgetController(
        proportionalGain: 3, integralGain: 1, leak: 1, preventsWindup: preventsWindup)
      for _ in 0..<40 { controller.learn(overspending: 0.5, isForced: false) }
      for step in 0..<100 {
        if controller.threshold(1, overspending: -0.2) < 1 { return step }
        controller.learn(overspending: -0.2, isForced: false)
      }
      return 100
    }
    #expect(delay(preventsWindup: true) <= 1)
    #expect(delay(preventsWindup: false) > 50)
  }

  @Test func forcedStepsCountOnlyIfTheyAreToldTo() {
    for learns in [true, false] {
      var controller = BudgetController(learnsFromForcedSteps: learns)
      controller.learn(overspending: 0.1, isForced: true)
      #expect(controller.integral == (learns ? 0.1 : 0))
    }
  }
}
