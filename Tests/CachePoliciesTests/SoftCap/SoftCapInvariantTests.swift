import Diagnostics
import DiffusionMath
import Testing

@testable import CachePolicies

/// What holds for every configuration and every picture.
@Suite struct SoftCapInvariantTests {
  @Test func capAgeAndReasonsHoldForRandomConfigurations() throws {
    var random = RandomStream(seed: 17, purpose: "tests/softcap")
    var (refused, served, met) = (0, 0, 0)
    for _ in 0..<20_000 {
      let steps = 2 + random.integer(below: 40)
      let policy = Self.policy(&random, steps: steps)
      guard case .fulls(let budget) = policy.budget else { continue }
      let guards = RefreshGuards(
        steps: steps, warmUp: policy.warmUp, tail: policy.tail, budget: budget,
        slack: policy.slack, longestRun: policy.longestRun)
      let changes = (0..<steps).map { _ in Self.change(&random) }
      guard guards.isFeasible else {
        refused += 1
        #expect(throws: PeregrineError.self) {
          try StubbedTrajectory(policy, changes: changes)
        }
        continue
      }
      let run = try StubbedTrajectory(policy, changes: changes)
      served += 1
      met += run.fulls.count == budget ? 1 : 0
      let flaws = Self.flaws(of: run, policy, guards)
      #expect(flaws.isEmpty, "\(flaws) for \(policy)")
      if !flaws.isEmpty { return }
    }
    #expect(refused > 1_000 && served > 5_000 && met > 500)
  }

  private static func policy(_ random: inout RandomStream, steps: Int) -> SoftCap {
    let limits = [0.25...4, 0.5...6, 1...1][random.integer(below: 3)]
    return SoftCap(
      .fulls(1 + random.integer(below: steps + 2)),
      mode: random.integer(below: 4) == 0 ? .soft : .capped,
      warmUp: 1 + random.integer(below: 4), tail: random.integer(below: 3),
      slack: 0.3 + 3 * random.uniform(),
      longestRun: random.integer(below: 3) == 0 ? random.integer(below: 9) : nil,
      ageGrowth: random.uniform(),
      amplification: .measured((0..<steps).map { _ in 0.01 + random.uniform() }),
      observer: DriftObserver(
        normalisation: random.integer(below: 2) == 0 ? .running() : .offline([.change: 1]),
        weights: [.change: 1], smoothing: 0.5 * random.uniform()),
      controller: BudgetController(
        base: random.integer(below: 2) == 0 ? .capScaled : .absolute(5 * random.uniform()),
        proportionalGain: 10 * random.uniform(), integralGain: random.uniform(), limits: limits,
        preventsWindup: random.integer(below: 2) == 0))
  }

  private static func change(_ random: inout RandomStream) -> Double? {
    switch random.integer(below: 20) {
    case 0: nil
    case 1: .nan
    case 2: 50
    default: 2 * random.uniform()
    }
  }

  /// What a trajectory does that it must not.
  private static func flaws(
    of run: StubbedTrajectory, _ policy: SoftCap, _ guards: RefreshGuards
  ) -> [String] {
    var flaws: [String] = []
    if policy.mode == .capped, run.fulls.count > guards.budget { flaws.append("over the cap") }
    if policy.mode == .soft, run.count(.reserve) > 0 { flaws.append("a reserve without a cap") }
    if run.fulls.count < guards.fewest { flaws.append("fewer than the guards force") }
    if run.longestRun > guards.longestRun { flaws.append("too long a run") }
    var age = 0
    for record in run.trace {
      age += 1
      let expected = Self.expected(record, age: age, policy, guards)
      if record.decision != expected { flaws.append("step \(record.step) is \(record.decision)") }
      if record.decision.isFull { age = 0 }
    }
    return flaws
  }

  /// The decision that follows from what was recorded.
  private static func expected(
    _ record: SoftCapStep, age: Int, _ policy: SoftCap, _ guards: RefreshGuards
  ) -> CacheDecision {
    if record.step < policy.warmUp { return .full(.warmUp) }
    if record.step >= guards.steps - policy.tail { return .full(.tail) }
    if age > guards.longestRun { return .full(.age) }
    if record.risk < record.threshold { return .forecast(.low) }
    let left = guards.budget - record.fulls - 1
    let hasReserve = left >= guards.need(after: record.step)
    if policy.mode == .capped, !hasReserve { return .forecast(.reserve) }
    return .full(record.drift.isNaN ? .notFinite : .risk)
  }
}
