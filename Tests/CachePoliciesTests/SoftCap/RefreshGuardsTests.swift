import Diagnostics
import DiffusionMath
import Testing

@testable import CachePolicies

@Suite struct RefreshGuardsTests {
  @Test func theLongestRunFollowsFromTheBudget() {
    // 46 steps between the guards; ⌈2 · 46 / (N − 4)⌉.
    for (budget, run) in [(9, 19), (10, 16), (12, 12), (14, 10), (18, 7), (50, 2)] {
      let guards = RefreshGuards(steps: 50, warmUp: 3, tail: 1, budget: budget, slack: 2)
      #expect(guards.longestRun == run)
      #expect(guards.fewest == 3 + 46 / (run + 1) + 1)
      #expect(guards.isFeasible)
    }
    #expect(
      RefreshGuards(steps: 50, warmUp: 3, tail: 1, budget: 14, slack: 3).longestRun == 14)
    #expect(
      RefreshGuards(steps: 50, warmUp: 3, tail: 1, budget: 4, slack: 2).longestRun == 46)
  }

  @Test func theNeedCountsWhatCanStillBeForced() {
    let guards = RefreshGuards(
      steps: 20, warmUp: 2, tail: 2, budget: 10, slack: 2, longestRun: 3)
    // After step 5: 12 steps before the tail, a full one at the end of each four.
    #expect(guards.need(after: 5) == 3 + 2)
    #expect(guards.need(after: 6) == 2 + 2)
    #expect(guards.need(after: 17) == 2)
    #expect(guards.need(after: 1) == guards.fewest - 2)
  }

  @Test func theRefusalNamesTheSmallestBudgetThatWorks() throws {
    let plan = CachePlan(times: TimeGrid.uniform(steps: 50).times.dropLast(), depth: 20)
    var policy = SoftCap(.fulls(7), mode: .capped, longestRun: 9)
    let error = try #require(throws: PeregrineError.self) { try policy.begin(plan) }
    #expect(error.code == .usage)
    #expect(error.description.contains("found a budget of 7 full steps among 50; expected 8 to 50"))
    policy.budget = .fulls(8)
    try policy.begin(plan)
    policy.budget = .fulls(51)
    #expect(throws: PeregrineError.self) { try policy.begin(plan) }
    policy.tail = 48
    let noneWorks = try #require(throws: PeregrineError.self) { try policy.begin(plan) }
    #expect(noneWorks.description.contains("Use fewer first and last ones."))
  }

  @Test func theRefusalOfAShareNamesAShareThatWorks() throws {
    let plan = CachePlan(times: TimeGrid.uniform(steps: 50).times.dropLast(), depth: 28)
    var policy = SoftCap(.share(0.1, ends: 0.01), mode: .soft, longestRun: 9)
    let error = try #require(throws: PeregrineError.self) { try policy.begin(plan) }
    let named = error.advice.split(separator: " ").compactMap { Double($0) }.last
    policy.budget = .share(try #require(named), ends: 0.01)
    try policy.begin(plan)
    #expect(policy.guards?.budget == 8)
  }

  @Test func aShareCountsTheProbe() {
    // 57 blocks: a forecast step costs 1/57. N + (50 − N)/57 ≤ 0.3 · 50.
    #expect(SoftCap.fulls(share: 0.3, steps: 50, depth: 57, probe: .blocks(1)) == 14)
    #expect(SoftCap.fulls(share: 0.3, steps: 50, depth: 57, probe: .input) == 15)
    #expect(SoftCap.fulls(share: 0.3, steps: 50, depth: 57, probe: .input, ends: 0.02) == 14)
    #expect(SoftCap.fulls(share: 0.3, steps: 50, depth: 4, probe: .blocks(1)) == 3)
    #expect(SoftCap.fulls(share: 0.2, steps: 50, depth: 4, probe: .blocks(1)) == 0)
    #expect(SoftCap.fulls(share: 1, steps: 50, depth: 4, probe: .blocks(1)) == 50)
    #expect(SoftCap.fulls(share: .nan, steps: 50, depth: 4, probe: .blocks(1)) == 0)
  }

  @Test func theSharesOfBudgetsGiveTheBudgetsBack() {
    for depth in [4, 7, 28] {
      for probe in [CacheProbe.none, .input, .blocks(1), .blocks(3)] {
        for fulls in 0...50 {
          let share = SoftCap.share(
            fulls: fulls, steps: 50, depth: depth, probe: probe, ends: 0.01)
          let back = SoftCap.fulls(
            share: share, steps: 50, depth: depth, probe: probe, ends: 0.01)
          #expect(back == fulls)
        }
      }
    }
  }

  @Test func settingsThatMeanNothingAreRefused() {
    let plan = CachePlan(times: TimeGrid.uniform(steps: 50).times.dropLast(), depth: 20)
    let sound = SoftCap(.fulls(14), mode: .soft)
    func refuses(_ change: (inout SoftCap) -> Void) -> Bool {
      var policy = sound
      change(&policy)
      return (try? policy.begin(plan)) == nil
    }
    #expect(!refuses { _ in })
    #expect(refuses { $0.warmUp = 0 })
    #expect(refuses { $0.tail = -1 })
    #expect(refuses { $0.slack = .nan })
    #expect(refuses { $0.longestRun = -1 })
    #expect(refuses { $0.ageGrowth = -1 })
    #expect(refuses { $0.observer.smoothing = 1 })
    #expect(refuses { $0.observer.limit = 0 })
    #expect(refuses { $0.observer.weights = [.change: -1] })
    #expect(refuses { $0.observer.normalisation = .offline([.secondOrder: 1]) })
    #expect(refuses { $0.observer.normalisation = .running(rate: 2) })
    #expect(refuses { $0.controller.limits = 0...4 })
    #expect(refuses { $0.controller.leak = 1.1 })
    #expect(refuses { $0.controller.base = .absolute(.nan) })
    #expect(refuses { $0.controller.integralGain = .infinity })
    #expect(refuses { $0.amplification = .measured([1, 2, 3]) })
  }
}
