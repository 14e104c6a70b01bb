import Diagnostics
import DiffusionMath
import Foundation
import Testing

@testable import CachePolicies

@Suite struct AmplificationTests {
  @Test func factorsHaveTheMeanOneBetweenTheGuards() throws {
    let plan = CachePlan(times: TimeGrid.uniform(steps: 20).times.dropLast(), depth: 1)
    let measured = (0..<20).map { 1 + Double($0 * $0) }
    for amplification in [Amplification.uniform, .sigmaPower(1.83), .measured(measured)] {
      let factors = try amplification.factors(plan, warmUp: 3, tail: 2)
      #expect(factors.count == 20)
      let mean = factors[3..<18].reduce(0, +) / 15
      #expect(abs(mean - 1) < 1e-12)
      #expect(Set(factors[0...3]).count == 1)
    }
  }

  /// The paper's only numbers: 0.100 for an error at step 5 and 0.009 at step 45 of FLUX's schedule.
  @Test func thePowerOfTheTimeReproducesFLUX() throws {
    let shift = TimeShift(factor: exp(1.15))
    let plan = CachePlan(
      times: TimeGrid.uniform(steps: 50, shift: shift).times.dropLast(), depth: 57)
    let factors = try Amplification.sigmaPower(1.83).factors(plan, warmUp: 3, tail: 1)
    #expect(abs(factors[5] / factors[45] - 0.100 / 0.009) < 0.1)
  }

  @Test func measuredFactorsAreSmoothedWithoutTheWarmUp() throws {
    let plan = CachePlan(times: [1, 0.8, 0.6, 0.4, 0.2], depth: 1)
    let deviations: [Double] = [.nan, 4, 8, 0, 2]
    let smoothed: [Double] = [5, 5, 5, 2.5, 1.5]
    let factors = try Amplification.measured(deviations).factors(plan, warmUp: 1, tail: 1)
    // Smoothed: (4 + 8 + 8)/4 = 5, (4 + 16 + 0)/4 = 5, (8 + 0 + 2)/4 = 2.5, (0 + 4 + 2)/4 = 1.5.
    let mean = 12.5 / 3
    for (found, expected) in zip(factors, smoothed) {
      #expect(abs(found - expected / mean) < 1e-12)
    }
  }

  @Test func severalTrajectoriesAreAveraged() throws {
    #expect(try Amplification.measured(over: [[1, 2], [3, 6]]) == .measured([2, 4]))
    #expect(throws: PeregrineError.self) { try Amplification.measured(over: [[1], [1, 2]]) }
    #expect(throws: PeregrineError.self) { try Amplification.measured(over: []) }
  }

  @Test(arguments: [[1.0, 1, 1], [0, 0, 0, 0], [1, 1, -1, 1], [1, 1, .nan, 1]])
  func measurementsThatDoNotFitAreRefused(_ deviations: [Double]) {
    let plan = CachePlan(times: [1, 0.75, 0.5, 0.25], depth: 1)
    #expect(throws: PeregrineError.self) {
      try Amplification.measured(deviations).factors(plan, warmUp: 1, tail: 1)
    }
  }

  @Test func theReferenceFollowsTheFactors() {
    let profile = ReferenceProfile(
      factors: [9, 9, 1, 3, 4, 9], warmUp: 2, tail: 1, budget: 5)
    let spent = (0...6).map(profile.spent(before:))
    #expect(spent == [0, 1, 2, 2.25, 3, 4, 5])
  }
}
