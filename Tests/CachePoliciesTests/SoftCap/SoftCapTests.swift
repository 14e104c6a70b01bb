import Diagnostics
import DiffusionMath
import Testing

@testable import CachePolicies

@Suite struct SoftCapTests {
  /// With the drift 1 at every step, `capScaled` needs as many steps per full one as an even spacing.
  @Test(arguments: SoftCap.Mode.allCases)
  func aConstantDriftSpendsTheBudgetEvenly(_ mode: SoftCap.Mode) throws {
    let run = try StubbedTrajectory(
      SoftCap(.fulls(14), mode: mode, observer: .stubbed), changes: Array(repeating: 1, count: 50))
    #expect((13...14).contains(run.fulls.count))
    #expect(Array(run.fulls.prefix(3)) == [0, 1, 2] && run.fulls.last == 49)
    #expect(run.longestRun <= 5)
    #expect(run.count(.warmUp) == 3 && run.count(.tail) == 1)
  }

  /// A drift that rises to four times its start moves the full steps to the end.
  @Test func aRisingDriftSpendsMoreLate() throws {
    let ramp = (0..<50).map { 0.4 + 1.2 * Double($0) / 49 }
    let run = try StubbedTrajectory(
      SoftCap(.fulls(18), mode: .capped, observer: .stubbed), changes: ramp)
    let early = run.fulls.count { (3..<26).contains($0) }
    let late = run.fulls.count { (26..<49).contains($0) }
    #expect(late > early && run.fulls.count <= 18)
  }

  @Test func aSpikeIsAFullStep() throws {
    var changes = Array(repeating: 0.1, count: 50)
    for spike in [20, 33] { changes[spike] = 9 }
    let run = try StubbedTrajectory(
      SoftCap(.fulls(14), mode: .capped, observer: .stubbed), changes: changes)
    #expect(run.decisions[20] == .full(.risk) && run.decisions[33] == .full(.risk))
  }

  /// A hard picture exceeds a target, but not a cap; an easy one leaves a part of both.
  @Test func aSoftBudgetFollowsThePictureAndACapHolds() throws {
    func fulls(_ mode: SoftCap.Mode, _ drift: Double) throws -> StubbedTrajectory {
      try StubbedTrajectory(
        SoftCap(.fulls(12), mode: mode, observer: .stubbed),
        changes: Array(repeating: drift, count: 50))
    }
    #expect(try fulls(.soft, 4).fulls.count > 12)
    let capped = try fulls(.capped, 4)
    #expect(capped.fulls.count == 12 && capped.count(.reserve) > 0)
    #expect(try fulls(.soft, 0.1).fulls.count < 12)
    #expect(try fulls(.capped, 0.1).fulls.count < 12)
  }

  @Test func aThresholdOfZeroIsNoCache() throws {
    let run = try StubbedTrajectory(
      SoftCap(
        .fulls(14), mode: .soft, observer: .stubbed,
        controller: BudgetController(base: .absolute(0))),
      changes: Array(repeating: 0, count: 50))
    #expect(run.fulls == Array(0..<50))
  }

  @Test func aBudgetOfTheGuardsAloneIsMet() throws {
    let run = try StubbedTrajectory(
      SoftCap(.fulls(4), mode: .soft, observer: .stubbed),
      changes: Array(repeating: 10, count: 50))
    #expect(run.fulls == [0, 1, 2, 49])
  }

  @Test func readingsThatAreNotFiniteAreComputed() throws {
    var changes: [Double?] = Array(repeating: 0.1, count: 50)
    changes[10] = .nan
    let run = try StubbedTrajectory(
      SoftCap(.fulls(14), mode: .soft, observer: .stubbed), changes: changes)
    #expect(run.decisions[10] == .full(.notFinite))
    #expect(run.decisions[11] == .forecast(.low))
    #expect(run.trace[10].drift.isNaN && run.trace[11].drift.isFinite)
  }

  @Test func readingsThatAreNeverFiniteKeepTheCap() throws {
    let run = try StubbedTrajectory(
      SoftCap(.fulls(14), mode: .capped, observer: .stubbed),
      changes: Array(repeating: .nan, count: 50))
    #expect(run.fulls.count <= 14 && run.count(.notFinite) > 0 && run.count(.reserve) > 0)
  }

  @Test func theTraceSaysWhy() throws {
    let run = try StubbedTrajectory(
      SoftCap(.fulls(14), mode: .capped, ageGrowth: 0.5, observer: .stubbed),
      changes: Array(repeating: 0.8, count: 50))
    #expect(run.trace.map(\.decision) == run.decisions)
    // The risk of the second forecast after a full step: 0.8 · (1 + 0.5 · 0) + 0.8 · (1 + 0.5 · 1).
    #expect(abs(run.trace[3].risk - 0.8) < 1e-12)
    #expect(abs(run.trace[4].risk - 2) < 1e-12)
    let step = run.trace[30]
    #expect(step.fulls == run.fulls.count { $0 < 30 })
    #expect(abs(step.overspending - (Double(step.fulls) - step.reference) / 14) < 1e-12)
  }

  @Test func aSecondTrajectoryStartsAfresh() throws {
    var policy = SoftCap(.fulls(14), mode: .capped)
    let plan = CachePlan(times: TimeGrid.uniform(steps: 50).times.dropLast(), depth: 28)
    func sample() throws -> [SoftCapStep] {
      try policy.begin(plan)
      for step in 0..<50 {
        var reading = CacheReading()
        reading.sincePrevious = 0.1 + 0.01 * Double(step % 7)
        let decision = policy.decide(step, reading)
        policy.observe(step, CacheOutcome(isFull: decision.isFull))
      }
      return policy.trace
    }
    #expect(try sample() == sample())
  }

  /// Guidance may leave the executor without anything to forecast from.
  @Test func aStepThatWasComputedAnywayCounts() throws {
    var policy = SoftCap(.fulls(14), mode: .capped, observer: .stubbed)
    try policy.begin(
      CachePlan(times: TimeGrid.uniform(steps: 50).times.dropLast(), depth: 28))
    for step in 0..<5 {
      _ = policy.decide(step, CacheReading())
      policy.observe(step, CacheOutcome(isFull: true))
    }
    _ = policy.decide(5, CacheReading())
    #expect(policy.trace.last?.fulls == 5 && policy.trace.last?.risk == 1)
  }
}
