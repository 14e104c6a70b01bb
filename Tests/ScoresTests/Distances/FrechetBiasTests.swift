import Diagnostics
import Scores
import Tensors
import TestSupport
import Testing

struct FrechetBiasTests {
  @Test(arguments: [1, 5, 2_048]) func equalsTheClosedFormForUnitVariances(width: Int) throws {
    let (n, d) = (5_000.0, Double(width))
    let bias = try FrechetBias.ofPerfectGenerator(
      eigenvalues: .init(repeating: 1, count: width), count: 5_000)
    let expected = d / n + d * (d + 1) / (4 * (n - 1))
    #expect(relativeError(bias, expected) < 1e-12)
    let both = try FrechetBias.ofPerfectGenerator(
      eigenvalues: .init(repeating: 1, count: width), count: 5_000, referenceCount: 5_000)
    #expect(relativeError(both, 2 * expected) < 1e-12)
  }

  /// The mean distance of many small draws from their own distribution.
  @Test func agreesWithDrawing() throws {
    let scales = [0.3, 1, 2, 0.05]
    let (count, draws) = (200, 800)
    let variances = PlainArray([4, 4]) { $0[0] == $0[1] ? scales[$0[0]] * scales[$0[0]] : 0 }
    let exact = try GaussianStatistics(
      mean: Tensor.zeros([4]), covariance: variances.tensor(), count: nil)
    let reference = try FrechetReference(exact)
    var total = 0.0
    for draw in 0..<draws {
      let features = try normalFeatures(
        count, means: [0, 0, 0, 0], scales: scales, seed: UInt64(1_000 + draw))
      total += try reference.distance(to: GaussianStatistics(of: features)).value
    }
    let expected = try FrechetBias.ofPerfectGenerator(
      eigenvalues: exact.eigenvalues(), count: count)
    let error = relativeError(total / Double(draws), expected)
    print("bias: drawn \(total / Double(draws)), expected \(expected), relative error \(error)")
    // The mean of 800 draws is known to 2 %; the expression to first order.
    #expect(error < 0.06)
  }

  @Test func rankAndCountsAreHandled() throws {
    let full = try FrechetBias.ofPerfectGenerator(eigenvalues: [2, 1], count: 10)
    let padded = try FrechetBias.ofPerfectGenerator(eigenvalues: [-1e-18, 0, 1, 2], count: 10)
    #expect(full == padded)
    #expect(throws: PeregrineError.self) {
      try FrechetBias.ofPerfectGenerator(eigenvalues: [1], count: 1)
    }
    #expect(throws: PeregrineError.self) {
      try FrechetBias.ofPerfectGenerator(eigenvalues: [1], count: 9, referenceCount: 0)
    }
  }
}
