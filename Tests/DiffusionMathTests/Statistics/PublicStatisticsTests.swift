import DiffusionMath
import Foundation
import Testing

/// Ours beside SciPy and statsmodels, on random data.
@Suite struct PublicStatisticsTests {
  let golden: StatisticsGolden

  init() throws { golden = try .load() }

  @Test func studentDistribution() {
    for item in golden.distributions.student {
      let student = StudentDistribution(degrees: item.degrees)
      #expect(agree(student.cumulative(item.t), item.cumulative, 1e-11), "\(item)")
      #expect(agree(student.twoSided(item.t), item.two_sided, 1e-11), "\(item)")
    }
    for item in golden.distributions.quantiles {
      let student = StudentDistribution(degrees: item.degrees).quantile(item.probability)
      let normal = NormalDistribution.quantile(item.probability)
      #expect(abs(student - item.quantile) < 1e-11 * max(1, abs(item.quantile)), "\(item)")
      #expect(abs(normal - item.normal) < 1e-12, "\(item)")
    }
  }

  @Test func noncentralDistribution() {
    for item in golden.distributions.noncentral {
      let ours = NoncentralStudentDistribution(degrees: item.degrees, shift: item.shift)
      #expect(abs(ours.cumulative(item.t) - item.cumulative) < 1e-8, "\(item)")
    }
  }

  @Test func tailsKeepTheirDigits() {
    for item in golden.distributions.survival {
      #expect(agree(NormalDistribution.logSurvival(item.z), item.log_survival, 1e-9), "\(item)")
    }
  }

  @Test func meansWithTheirErrors() throws {
    for item in golden.means {
      let welch = try MeanEstimate(of: item.a, less: item.b)
      #expect(agree(welch.value, item.difference, 1e-12))
      #expect(agree(welch.degrees, item.degrees, 1e-12))
      #expect(agree(welch.pValue, item.p, 1e-10))
      #expect(agree(welch.pValue(ofBeingBelow: 0), item.below, 1e-10))
      #expect(agree(welch.interval().low, item.interval[0], 1e-9))
      #expect(agree(welch.interval().high, item.interval[1], 1e-9))
      guard let expected = item.paired else { continue }
      let paired = try MeanEstimate(pairs: item.a, less: item.b)
      let interval = paired.interval(confidence: 0.9)
      #expect(agree(paired.pValue, expected.p, 1e-10))
      #expect(paired.degrees == expected.degrees)
      #expect(agree(interval.low, expected.interval[0], 1e-9))
      #expect(agree(interval.high, expected.interval[1], 1e-9))
    }
  }

  @Test func relabellings() throws {
    for item in golden.permutations {
      let differences = zip(item.a, item.b).map { $0 - $1 }
      let paired = try PermutationTest.pValue(ofPairedDifferences: differences)
      #expect(agree(paired, item.paired, 1e-12))
      #expect(
        agree(try PermutationTest.pValue(of: item.a, against: item.b), item.independent, 1e-12))
    }
  }

  @Test func holmsCorrection() {
    for item in golden.holm {
      for (ours, theirs) in zip(HolmCorrection.adjusted(item.p), item.holm) {
        #expect(agree(ours, theirs, 1e-12))
      }
    }
  }

  @Test func power() throws {
    let unit = try Power(deviation: 1)
    for item in golden.power.probabilities {
      let ours = unit.probability(effect: item.effect, seeds: item.seeds)
      #expect(abs(ours - item.power) < 1e-7, "\(item)")
    }
    for item in golden.power.detectable {
      let effect = log(try unit.detectableFactor(seeds: item.seeds))
      #expect(agree(effect, item.effect, 1e-6), "\(item)")
    }
  }

  @Test func straightLines() throws {
    for item in golden.lines {
      let fit = try LinearFit(x: item.x, y: item.y)
      #expect(agree(fit.intercept, item.intercept, 1e-9))
      #expect(agree(fit.slope, item.slope, 1e-9))
      #expect(abs(fit.rSquared - item.r_squared) < 1e-12)
      #expect(agree(fit.slopeError, item.slope_error, 1e-6))
    }
  }

  @Test func censoredCosts() throws {
    for item in golden.censored {
      let fit = try CensoredLognormal(observed: item.observed, notReached: item.not_reached)
      let count = Double(item.observed.count + item.not_reached.count)
      let variance = fit.standardError * fit.standardError * (count - 1) / count
      #expect(agree(fit.mean, item.mean, 1e-6))
      #expect(agree(fit.deviation, item.deviation, 1e-5))
      #expect(agree(variance, item.variance_of_mean, 1e-4))
    }
  }
}
