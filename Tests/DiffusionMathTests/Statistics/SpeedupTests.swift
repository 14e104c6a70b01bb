import DiffusionMath
import Foundation
import Testing

@Suite struct SpeedupTests {
  private func reached(_ costs: Double...) -> [CostToQuality] {
    costs.map { .reached(cost: $0, isUnstable: false) }
  }

  @Test func theLastCrossingCounts() throws {
    let curve = try LearningCurve(costs: [1, 2, 4, 8, 16], values: [5, 3, 4, 2, 1])
    guard case .reached(let cost, true) = curve.cost(reaching: 3.5) else {
      Issue.record("the first crossing was not the last")
      return
    }
    // From 4 at cost 4 to 2 at cost 8, a quarter of the way in the logarithm.
    #expect(abs(cost - 4 * pow(2, 0.25)) < 1e-12)
    #expect(curve.cost(reaching: 0.5) == .notReached(spent: 16))
    #expect(curve.cost(reaching: 6) == .reachedAtOnce(spent: 1))
    guard case .reached(_, false) = curve.cost(reaching: 1.5) else {
      Issue.record("one crossing is stable")
      return
    }
  }

  @Test func aFailedRunDidNotReach() throws {
    let failed = try LearningCurve(costs: [1, 2, 4], values: [5, 3, .infinity])
    #expect(failed.cost(reaching: 3.5) == .notReached(spent: 4))
    let late = try LearningCurve(costs: [1, 2, 4], values: [5, .infinity, 3])
    #expect(late.cost(reaching: 3.5) == .reached(cost: 4, isUnstable: false))
  }

  @Test func aBaselineThatNeverArrivesGivesABound() throws {
    let missed: [CostToQuality] = [.notReached(spent: 10), .notReached(spent: 10)]
    let speedup = try Speedup(baseline: missed, new: reached(2, 2.2, 1.9), paired: false)
    guard case .atLeast(let bound, let limit) = speedup else {
      Issue.record("\(speedup)")
      return
    }
    #expect(bound > log(4.9) && bound < log(5))
    #expect(limit.low < bound && limit.low > log(4) && limit.high == .infinity)
    let mirrored = try Speedup(baseline: reached(2, 2.2, 1.9), new: missed, paired: false)
    guard case .atMost(let other, let otherLimit) = mirrored else {
      Issue.record("\(mirrored)")
      return
    }
    // The other way round it is the same bound, seen from the other side.
    #expect(abs(other + bound) < 1e-12 && otherLimit.high > other)
  }

  @Test func whatHasNoNumberIsRefused() {
    let missed = CostToQuality.notReached(spent: 10)
    func refusal(_ baseline: [CostToQuality], _ new: [CostToQuality]) -> Speedup.Refusal? {
      do {
        _ = try Speedup(baseline: baseline, new: new, paired: false)
        return nil
      } catch { return error as? Speedup.Refusal }
    }
    #expect(refusal([missed, missed], [missed, missed]) == .mostlyNotReached)
    #expect(refusal(reached(1, 2, 3), reached(1) + [missed, missed]) == .mostlyNotReached)
    #expect(refusal(reached(1), reached(1, 2)) == .tooFewSeeds)
    #expect(refusal(reached(1, 2), reached(1) + [.reachedAtOnce(spent: 1)]) == .reachedAtOnce)
    #expect(refusal(reached(1, 2), reached(1, 2)) == nil)
  }

  @Test func calibrationWidensTheInterval() throws {
    let own = try MeanEstimate(of: [1, 1.1, 1.2], less: [0.7, 0.8, 0.75])
    let wider = own.adding(standardError: 0.05)
    #expect(wider.value == own.value && wider.degrees > own.degrees)
    #expect(
      abs(
        wider.standardError * wider.standardError - own.standardError * own.standardError - 0.0025)
        < 1e-15)
    #expect(own.adding(standardError: 0) == own)
  }

  @Test func aConstantRatioDoesNotDependOnTheTarget() throws {
    let costs = (0..<8).map { pow(1.5, Double($0)) }
    func curves(_ exponent: Double, _ speed: Double, _ arm: String) throws -> [LearningCurve] {
      try (0..<4).map { seed in
        var stream = RandomStream(seed: UInt64(seed), purpose: arm)
        let noise = stream.normals(8)
        return try LearningCurve(
          costs: costs,
          values: zip(costs, noise).map { log(pow(speed * $0, -exponent)) + 0.005 * Double($1) })
      }
    }
    let slow = try curves(0.4, 1, "slow")
    let constant = try SpeedupCurve(baseline: slow, new: curves(0.4, 1.5, "fast"), paired: false)
    #expect(!constant.dependsOnTarget())
    #expect(abs(constant.meanLogSpeedup - log(1.5)) < 0.03)
    let growing = try SpeedupCurve(baseline: slow, new: curves(0.6, 1.2, "other"), paired: false)
    #expect(growing.dependsOnTarget())
    // Harder targets have lower values and here larger factors.
    #expect(growing.slope.value < 0)
    #expect(
      growing.points.first?.logSpeedup.value ?? 0 > growing.points.last?.logSpeedup.value ?? 0)
  }

  @Test func generationSeedsAreAveragedFirst() throws {
    let curves = try SeededCurves(
      costs: [1, 2], measurements: [[[4, 6], [3, 1]], [[8], [2, 2, 5]]])
    #expect(try curves.curves().map(\.values) == [[5, 2], [8, 3]])
    var stream = RandomStream(seed: 3, purpose: "test")
    let resampled = try curves.resampled(by: &stream)
    #expect(
      resampled.measurements.allSatisfy { curves.measurements.map(\.count).contains($0.count) })
  }
}
