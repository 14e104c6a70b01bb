import DiffusionMath
import Foundation
import Testing

/// Simulated races with a known answer.
@Suite struct SpeedupCoverageTests {
  /// Learning curves of one recipe: Fréchet-like values with noise that belongs to the training seed.
  private func curves(
    seeds: Int, speed: Double, noise: Double, race: Int, arm: String
  ) throws -> [LearningCurve] {
    try (0..<seeds).map { seed in
      var stream = RandomStream(
        seed: UInt64(seed), purpose: "race/\(arm)", index: UInt64(race))
      let costs = (0..<6).map { pow(1.5, Double($0)) }
      let errors = stream.normals(costs.count).map { noise * Double($0) }
      return try LearningCurve(
        costs: costs,
        values: zip(costs, errors).map { log(3 + 60 * pow(speed * $0, -0.6)) + $1 })
    }
  }

  /// The share of races whose interval holds the true speed-up.
  private func coverage(seeds: Int, paired: Bool) throws -> Double {
    let target = log(3 + 60 * pow(3.2, -0.6))
    let races = 2_000
    let held = try (0..<races).count { race in
      let baseline = try curves(seeds: seeds, speed: 1, noise: 0.0136, race: race, arm: "slow")
      let new = try curves(seeds: seeds, speed: 1.4, noise: 0.0136, race: race, arm: "fast")
      let speedup = try Speedup(
        baseline: baseline.map { $0.cost(reaching: target) },
        new: new.map { $0.cost(reaching: target) }, paired: paired)
      guard case .measured(let estimate, _) = speedup else { return false }
      return estimate.interval().contains(log(1.4))
    }
    return Double(held) / Double(races)
  }

  @Test(arguments: [3, 4, 5, 6, 8], [false, true])
  func intervalsHoldTheTruth(seeds: Int, paired: Bool) throws {
    let share = try coverage(seeds: seeds, paired: paired)
    #expect((0.93...0.97).contains(share), "\(share)")
  }

  @Test(arguments: [3, 5]) func resampledIntervalsHoldTheTruth(seeds: Int) throws {
    let target = log(3 + 60 * pow(3.2, -0.6))
    let costs = (0..<6).map { pow(1.5, Double($0)) }
    func arm(_ race: Int, _ name: String, speed: Double) throws -> SeededCurves {
      let curves = try curves(seeds: seeds, speed: speed, noise: 0.0136, race: race, arm: name)
      var stream = RandomStream(seed: 1, purpose: "generation/\(name)", index: UInt64(race))
      return try SeededCurves(
        costs: costs,
        measurements: curves.map {
          $0.values.map { value in stream.normals(2).map { exp(value) * (1 + 0.003 * Double($0)) } }
        })
    }
    func estimate(_ baseline: SeededCurves, _ new: SeededCurves) throws -> MeanEstimate? {
      let speedup = try? Speedup(
        baseline: baseline.curves { log($0) }.map { $0.cost(reaching: target) },
        new: new.curves { log($0) }.map { $0.cost(reaching: target) }, paired: false)
      guard case .measured(let estimate, _) = speedup else { return nil }
      return estimate
    }
    let races = 200
    let held = try (0..<races).count { race in
      let baseline = try arm(race, "slow", speed: 1)
      let new = try arm(race, "fast", speed: 1.4)
      let observed = try #require(try estimate(baseline, new))
      let bootstrap = try StudentizedBootstrap(of: observed, draws: 399, seed: UInt64(race)) {
        try estimate(baseline.resampled(by: &$0), new.resampled(by: &$0))
      }
      return bootstrap.interval.contains(log(1.4))
    }
    // 200 races: two standard errors are 3 %.
    #expect((0.92...1).contains(Double(held) / Double(races)), "\(held) of \(races)")
  }

  /// Dropping misses makes a recipe look faster than it is; the likelihood does not.
  @Test func missesAreNotDropped() throws {
    var errors: (dropped: Double, likelihood: Double) = (0, 0)
    var races = 0
    for race in 0..<1_000 {
      var stream = RandomStream(seed: 0, purpose: "race/misses", index: UInt64(race))
      let times = stream.normals(8).map { exp(0.2 * Double($0)) }
      let limit = exp(0.1)
      let reached = times.filter { $0 < limit }
      guard reached.count >= 4, reached.count < 8 else { continue }
      let fit = try CensoredLognormal(
        observed: reached, notReached: Array(repeating: limit, count: 8 - reached.count))
      errors.dropped += try SampleSummary(reached.map { log($0) }).mean
      errors.likelihood += fit.mean
      races += 1
    }
    #expect(races > 800)
    #expect(errors.dropped / Double(races) < -0.06)
    #expect(abs(errors.likelihood / Double(races)) < 0.02)
  }
}
