import DiffusionMath
import Foundation
import Testing

/// What the factors are made for, at every noise level: unit variances and an even loss.
@Suite struct EDMPreconditioningTests {
  @Test(arguments: [0.002, 0.3, 1, 80], [0.5, 1])
  func inputsTargetsAndLossHaveUnitSize(sigma: Double, deviation: Double) {
    let at = EDMPreconditioning(dataDeviation: deviation).coefficients(at: sigma)
    let (data, noise) = (deviation * deviation, sigma * sigma)
    #expect(abs(at.input * at.input * (data + noise) - 1) < 1e-12)
    // The network's target is (data − skip·x) / output.
    let target = (1 - at.skip) * (1 - at.skip) * data + at.skip * at.skip * noise
    #expect(abs(target / (at.output * at.output) - 1) < 1e-9)
    #expect(abs(at.lossWeight * at.output * at.output - 1) < 1e-12)
    #expect(at.condition == log(sigma) / 4)
  }
}
