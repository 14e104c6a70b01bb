import Diagnostics
import Scores
import Tensors
import TestSupport
import Testing

struct FrechetDistanceTests {
  private func diagonal(
    _ means: [Double], _ variances: [Double], count: Int? = nil
  ) throws -> GaussianStatistics {
    let width = means.count
    let covariance = PlainArray([width, width]) { $0[0] == $0[1] ? variances[$0[0]] : 0 }
    return try GaussianStatistics(
      mean: Tensor(means, shape: [width]), covariance: covariance.tensor(), count: count)
  }

  /// Σ (μ − μ')² + Σ (σ − σ')² for independent columns; a constant column is fine.
  @Test func equalsTheClosedFormForIndependentColumns() throws {
    let reference = try FrechetReference(diagonal([1, 2, 3, 4], [4, 9, 0.25, 0]))
    let distance = try reference.distance(to: diagonal([1, 0, 3.5, 4], [1, 9, 1, 16]))
    #expect(abs(distance.meanTerm - 4.25) < 1e-12)
    #expect(abs(distance.covarianceTerm - (1 + 0 + 0.25 + 16)) < 1e-12)
    #expect(abs(distance.value - 21.5) < 1e-12)
    #expect(abs(distance.smallestEigenvalueRatio) < 1e-12)
  }

  @Test func isZeroForTheSameFeatures() throws {
    let features = try normalFeatures(400, width: 24, shift: 3, seed: 6)
    let distance = try FrechetDistance(generated: features, reference: features)
    #expect(abs(distance.value) < 1e-11)
    let other = try normalFeatures(300, width: 24, shift: 2.5, seed: 7)
    let there = try FrechetDistance(generated: features, reference: other)
    let back = try FrechetDistance(generated: other, reference: features)
    #expect(relativeError(there.value, back.value) < 1e-12)
    #expect(there.value > 0.25 * 24)
  }

  /// Fewer pictures than features: singular covariances, known to half the digits.
  @Test func fewSamplesAreRefusedUnlessAllowed() throws {
    let many = try normalFeatures(48, width: 24, seed: 8)
    let few = try many.sliced(0, 0..<47)
    #expect(throws: Never.self) { try FrechetDistance(generated: many, reference: many) }
    for (generated, reference) in [(few, many), (many, few)] {
      let error = #expect(throws: PeregrineError.self) {
        try FrechetDistance(generated: generated, reference: reference)
      }
      #expect(error?.code == .usage && error?.found.contains("47 pictures") == true)
    }
    let singular = try many.sliced(0, 0..<10)
    let distance = try FrechetDistance(
      generated: singular, reference: singular, allowingFewSamples: true)
    #expect(abs(distance.value) < 1e-6)
  }

  @Test func covariancesWithoutACommonDirectionAreNoError() throws {
    let first = try Tensor([0.0, 0.3, 1, 1.3, 2, 2.3], shape: [3, 2])
      .matmul(Tensor([1.0, 0.1, 0, 0], shape: [2, 2]))
    let second = try first.matmul(Tensor([0.0, 0, 0, 1], shape: [2, 2]))
    let distance = try FrechetDistance(
      generated: first, reference: second, allowingFewSamples: true)
    #expect(distance.value > 0)
  }

  @Test func constantFeaturesAreRefused() throws {
    let features = try normalFeatures(40, width: 3, seed: 9)
    let constant = try Tensor.full(0.1, shape: [4_000, 3])
    for (generated, reference) in [(constant, features), (features, constant)] {
      let error = #expect(throws: PeregrineError.self) {
        try FrechetDistance(generated: generated, reference: reference)
      }
      #expect(error?.code == .unsound && error?.found.contains("same for all") == true)
    }
  }

  @Test func featuresOfAnotherNetworkAreRefused() throws {
    let error = #expect(throws: PeregrineError.self) {
      try FrechetDistance(
        generated: normalFeatures(40, width: 3, seed: 1),
        reference: normalFeatures(40, width: 4, seed: 1))
    }
    #expect(error?.code == .shapeMismatch)
    #expect(error?.description.contains("same feature network") == true)
  }

  /// Eigenvalues 3 and −1: no covariance, on either side.
  @Test func negativeEigenvaluesAreRefused() throws {
    let fit = try diagonal([0, 0], [1, 1])
    let unfit = try GaussianStatistics(
      mean: Tensor([0.0, 0], shape: [2]), covariance: Tensor([1.0, 2, 2, 1], shape: [2, 2]),
      count: nil)
    let reference = try FrechetReference(fit)
    for refused in [
      #expect(throws: PeregrineError.self) { try FrechetReference(unfit) },
      #expect(throws: PeregrineError.self) { try reference.distance(to: unfit) },
    ] {
      #expect(refused?.code == .unsound && refused?.found.contains("eigenvalue of -1") == true)
    }
  }
}
