import DiffusionMath
import Foundation
import Testing

/// Known values of the statistics that plan a race and estimate its speed-up.
@Suite struct SpeedupDesignTests {
  /// Seeds per arm for 80 % power with a coefficient of variation of 1.36 %.
  @Test(arguments: [
    (1.1, 0.5, 3), (1.1, 0.34, 4), (1.1, 0.2, 10), (1.1, 0.1, 33), (1.05, 0.5, 7),
    (1.05, 0.34, 12), (1.05, 0.2, 32), (1.05, 0.1, 123),
  ])
  func seedsThatASpeedupNeeds(factor: Double, slope: Double, seeds: Int) throws {
    let power = try Power(coefficientOfVariation: 0.0136, slope: slope)
    let needed = try #require(power.seeds(forFactor: factor))
    #expect(abs(needed - seeds) <= 1, "\(needed)")
  }

  @Test func floorsOfRelabelling() {
    #expect(PermutationTest.floor(pairs: 5) == 0.0625)
    #expect(PermutationTest.floor(pairs: 6) == 0.03125)
    #expect(abs(PermutationTest.floor(groups: 3, 3) - 0.10) < 1e-12)
    #expect(abs(PermutationTest.floor(groups: 4, 4) - 2.0 / 70) < 1e-12)
    #expect(abs(PermutationTest.floor(groups: 3, 4) - 1.0 / 35) < 1e-12)
  }

  /// What interpolating between budgets does to a known speed-up of a curve that bends, on average.
  @Test(arguments: [(1.25, 0.001), (1.5, 0.002), (2, 0.012), (4, 0.036)])
  func interpolationBias(ratio: Double, bias: Double) throws {
    let costs = (0...Int(log(256) / log(ratio))).map { pow(ratio, Double($0)) }
    func curve(_ speed: Double) throws -> LearningCurve {
      try LearningCurve(costs: costs, values: costs.map { log(3 + 60 * pow(speed * $0, -0.6)) })
    }
    let (slow, fast) = (try curve(1), try curve(1.5))
    let bounds = try SpeedupCurve.overlap(of: [slow, fast])
    let errors = try stride(from: 0.02, to: 1, by: 0.02).map { share in
      let target = bounds.lowerBound + share * (bounds.upperBound - bounds.lowerBound)
      guard case .reached(let a, false) = slow.cost(reaching: target),
        case .reached(let b, false) = fast.cost(reaching: target)
      else { throw CancellationError() }
      return abs(log(a / b) - log(1.5))
    }
    let mean = try SampleSummary(errors).mean
    #expect(mean < 1.2 * bias, "\(mean)")
  }

  /// The audit of TREAD's chart: A100 hours and Fréchet distances.
  @Test func publishedChartOfTREAD() throws {
    let dense = try LearningCurve(
      costs: [241, 1_410, 4_203], values: [19.47, 10.67, 9.62].map { log($0) })
    let routed = try LearningCurve(
      costs: [55, 74, 92, 114, 147], values: [22.2, 16.6, 12.2, 9.7, 7.38].map { log($0) })
    for (target, factor) in [
      (17.0, 5.0), (15, 6.5), (13, 9.0), (11, 12.7), (10.67, 13.5), (10, 25), (9.63, 37),
    ] {
      guard case .reached(let a, _) = dense.cost(reaching: log(target)),
        case .reached(let b, _) = routed.cost(reaching: log(target))
      else { Issue.record("\(target) not reached"); continue }
      #expect(abs(a / b - factor) < 0.03 * factor, "\(target): \(a / b)")
    }
    let slope = try #require(dense.slope(at: log(9.63)))
    #expect(abs(slope - 0.095) < 0.001)
  }
}
