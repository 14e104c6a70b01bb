import DiffusionMath
import Foundation
import Testing

@Suite struct PredictionTargetTests {
  private static let times = [0.03, 0.2, 0.5, 0.77, 0.97]

  /// JiT's table 1, with `t → 1 − t` and `v → −v` because its clock runs the other way.
  @Test(arguments: times) func theLinearConversionsAreJiTs(t: Double) {
    let (z, out) = (0.83, -1.27)
    let table: [(PredictionTarget, PredictionTarget, Double)] = [
      (.clean, .clean, out), (.clean, .noise, (z - (1 - t) * out) / t),
      (.clean, .velocity, (z - out) / t),
      (.noise, .clean, (z - t * out) / (1 - t)), (.noise, .noise, out),
      (.noise, .velocity, (out - z) / (1 - t)),
      (.velocity, .clean, z - t * out), (.velocity, .noise, z + (1 - t) * out),
      (.velocity, .velocity, out),
    ]
    for (source, target, expected) in table {
      let read = DiffusionPath.linear.conversion(from: source, to: target, at: t)
      #expect(abs(read.state * z + read.output * out - expected) < 1e-12, "\(source) to \(target)")
    }
  }

  /// All nine pairs on both paths: reading the truth out of the truth gives the truth.
  @Test(arguments: DiffusionPath.allCases, times)
  func conversionsAreExactAlgebra(path: DiffusionPath, t: Double) {
    let (data, noise) = (0.41, -1.9)
    let at = path.coefficients(at: t)
    let state = at.data * data + at.noise * noise
    let truth: [PredictionTarget: Double] = [
      .clean: data, .noise: noise, .velocity: at.dataRate * data + at.noiseRate * noise,
    ]
    for source in PredictionTarget.allCases {
      for target in PredictionTarget.allCases {
        let read = path.conversion(from: source, to: target, at: t)
        let found = read.state * state + read.output * (truth[source] ?? .nan)
        #expect(abs(found - (truth[target] ?? .nan)) < 1e-11, "\(source) to \(target)")
        let back = path.conversion(from: target, to: source, at: t)
        #expect(abs(back.output * read.output - 1) < 1e-11)
        #expect(abs(back.state + back.output * read.state) < 1e-11)
      }
    }
  }

  @Test(arguments: DiffusionPath.allCases) func ratesAreTheDerivativesOfWeights(path: DiffusionPath)
  {
    let step = 1e-6
    for t in Self.times {
      let (before, after) = (path.coefficients(at: t - step), path.coefficients(at: t + step))
      let at = path.coefficients(at: t)
      #expect(abs((after.data - before.data) / (2 * step) - at.dataRate) < 1e-8)
      #expect(abs((after.noise - before.noise) / (2 * step) - at.noiseRate) < 1e-8)
    }
    #expect(path.coefficients(at: 0).data == 1 && path.coefficients(at: 0).noise == 0)
    #expect(abs(path.coefficients(at: 1).data) < 1e-15 && path.coefficients(at: 1).noise == 1)
  }

  @Test func theFloorHoldsUpTheDivisorAndOnlyThat() {
    let path = DiffusionPath.linear
    // Below the floor (z − x)/t becomes (z − x)/0.05; above it nothing changes.
    #expect(
      path.conversion(from: .clean, to: .velocity, at: 0.02, floor: 0.05)
        == LinearCombination(state: 20, output: -20))
    #expect(
      path.conversion(from: .clean, to: .velocity, at: 0.2, floor: 0.05)
        == path.conversion(from: .clean, to: .velocity, at: 0.2))
    #expect(
      path.conversion(from: .noise, to: .velocity, at: 0.99, floor: 0.05)
        == LinearCombination(state: -20, output: 20))
    #expect(
      path.conversion(from: .velocity, to: .clean, at: 0.001, floor: 0.05)
        == path.conversion(from: .velocity, to: .clean, at: 0.001))
  }

  @Test func theFloorKeepsTheEndsFinite() {
    for path in DiffusionPath.allCases {
      for t in [0.0, 1] {
        for source in PredictionTarget.allCases {
          for target in PredictionTarget.allCases {
            let read = path.conversion(from: source, to: target, at: t, floor: 0.05)
            #expect(read.state.isFinite && read.output.isFinite)
          }
        }
      }
    }
  }
}
