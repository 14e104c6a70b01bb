import Foundation
import TestSupport

/// What SciPy and statsmodels make of random data; written by `Fixtures/statistics/make.py`.
struct StatisticsGolden: Decodable {
  struct Distributions: Decodable {
    struct Student: Decodable { let degrees, t, cumulative, two_sided: Double }
    struct Quantile: Decodable { let degrees, probability, quantile, normal: Double }
    struct Noncentral: Decodable { let degrees, shift, t, cumulative: Double }
    struct Survival: Decodable { let z, log_survival: Double }
    let student: [Student]
    let quantiles: [Quantile]
    let noncentral: [Noncentral]
    let survival: [Survival]
  }
  struct Means: Decodable {
    struct Paired: Decodable {
      let p, degrees: Double
      let interval: [Double]
    }
    let a, b, interval: [Double]
    let difference, degrees, p, below: Double
    let paired: Paired?
  }
  struct Permutations: Decodable {
    let a, b: [Double]
    let paired, independent: Double
  }
  struct Holm: Decodable { let p, holm: [Double] }
  struct Powers: Decodable {
    struct Probability: Decodable {
      let effect, power: Double
      let seeds: Int
    }
    struct Detectable: Decodable {
      let effect: Double
      let seeds: Int
    }
    let probabilities: [Probability]
    let detectable: [Detectable]
  }
  struct Line: Decodable {
    let x, y: [Double]
    let intercept, slope, r_squared, slope_error: Double
  }
  struct Censored: Decodable {
    let observed, not_reached: [Double]
    let mean, deviation, variance_of_mean: Double
  }

  let distributions: Distributions
  let means: [Means]
  let permutations: [Permutations]
  let holm: [Holm]
  let power: Powers
  let lines: [Line]
  let censored: [Censored]

  static func load() throws -> StatisticsGolden {
    let url = SharedFolder.packageRoot.appendingPathComponent("Fixtures/statistics/golden.json")
    return try JSONDecoder().decode(StatisticsGolden.self, from: Data(contentsOf: url))
  }
}

/// Whether two numbers agree up to a relative error, or both are next to nothing.
func agree(_ a: Double, _ b: Double, _ tolerance: Double) -> Bool {
  abs(a - b) <= tolerance * max(abs(a), abs(b)) + 1e-300
}
