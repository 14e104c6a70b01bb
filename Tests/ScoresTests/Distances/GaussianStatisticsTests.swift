import Diagnostics
import Scores
import Tensors
import TestSupport
import Testing

struct GaussianStatisticsTests {
  /// Mean and covariance by two passes in plain Swift.
  private func reference(_ features: PlainArray) -> (mean: PlainArray, covariance: PlainArray) {
    let (count, width) = (features.shape[0], features.shape[1])
    let mean = PlainArray([width]) { column in
      (0..<count).reduce(0) { $0 + features[[$1, column[0]]] } / Double(count)
    }
    let covariance = PlainArray([width, width]) { place in
      let sum = (0..<count).reduce(0) {
        $0 + (features[[$1, place[0]]] - mean[[place[0]]])
          * (features[[$1, place[1]]] - mean[[place[1]]])
      }
      return sum / Double(count - 1)
    }
    return (mean, covariance)
  }

  /// With an offset of 1e6 a sum of squares would keep four digits of the variance.
  @Test(arguments: [0.0, 1e6]) func batchesEqualTwoPasses(offset: Double) throws {
    let features = try normalFeatures(
      5_000, means: [offset, -offset, 0.5], scales: [1, 2, 0.1], seed: 3)
    var moments = FeatureMoments()
    for range in [0..<1, 1..<700, 700..<3_000, 3_000..<5_000] {
      try moments.add(features.sliced(0, range))
    }
    let statistics = try moments.statistics()
    let expected = try reference(PlainArray(features))
    #expect(statistics.count == 5_000 && statistics.width == 3)
    let meanError = try PlainArray(statistics.mean).distance(to: expected.mean)
    let error = try PlainArray(statistics.covariance).distance(to: expected.covariance)
    print("statistics with offset \(offset): mean \(meanError), covariance \(error)")
    #expect(meanError <= 1e-14 * max(offset, 1))
    #expect(error < 1e-9)
  }

  @Test func mergedMomentsEqualOnePass() throws {
    let features = try normalFeatures(900, width: 4, shift: 50, seed: 4)
    var (first, second, empty) = (FeatureMoments(), FeatureMoments(), FeatureMoments())
    try first.add(features.sliced(0, 0..<200))
    let copy = first
    try second.add(features.sliced(0, 200..<900))
    try first.merge(second)
    try first.merge(FeatureMoments())
    try empty.merge(first)
    let whole = try GaussianStatistics(of: features)
    for moments in [first, empty] {
      let merged = try moments.statistics()
      #expect(merged.count == 900)
      #expect(try PlainArray(merged.mean).distance(to: PlainArray(whole.mean)) < 1e-12)
      #expect(try PlainArray(merged.covariance).distance(to: PlainArray(whole.covariance)) < 1e-12)
    }
    // Copies do not share what is added later.
    #expect(copy.count == 200)
    #expect(try copy.statistics().count == 200)
  }

  @Test(arguments: [DType.float32, .bfloat16, .float16])
  func narrowTypesAreReadExactly(dtype: DType) throws {
    let narrow = try normalFeatures(300, width: 5, seed: 5).to(dtype)
    let found = try GaussianStatistics(of: narrow)
    let expected = try GaussianStatistics(of: narrow.to(.float64))
    #expect(found.covariance.dtype == .float64)
    #expect(try PlainArray(found.covariance).distance(to: PlainArray(expected.covariance)) == 0)
  }

  @Test func damagedFeaturesAreRefused() throws {
    var values = [Float](repeating: 1, count: 5_000 * 2)
    values[2 * 4_321 + 1] = .nan
    let damaged = try Tensor(values, shape: [5_000, 2])
    let error = #expect(throws: PeregrineError.self) { try GaussianStatistics(of: damaged) }
    #expect(error?.code == .nonFinite)
    #expect(error?.found.contains("row 4321") == true)

    var moments = FeatureMoments()
    try moments.add(Tensor.ones([3, 2]))
    let widths = #expect(throws: PeregrineError.self) { try moments.add(Tensor.ones([3, 4])) }
    #expect(widths?.code == .shapeMismatch)
    for shape in [[3], [0, 2], [2, 0], [2, 2, 2]] {
      #expect(throws: PeregrineError.self) { try moments.add(Tensor.ones(shape)) }
    }
    #expect(throws: PeregrineError.self) { try GaussianStatistics(of: Tensor.ones([1, 2])) }
    #expect(throws: PeregrineError.self) { try FeatureMoments().statistics() }
  }

  @Test func givenStatisticsAreChecked() throws {
    let mean = try Tensor.zeros([2])
    let identity = try Tensor([1, 0, 0, 1], shape: [2, 2])
    #expect(try GaussianStatistics(mean: mean, covariance: identity, count: nil).count == nil)
    let lopsided = try Tensor([1, 0.5, 0, 1], shape: [2, 2])
    let damaged = try Tensor([1, 0, 0, .infinity], shape: [2, 2])
    for (covariance, code) in [
      (lopsided, PeregrineError.Code.badData), (damaged, .nonFinite), (mean, .shapeMismatch),
    ] {
      let error = #expect(throws: PeregrineError.self) {
        try GaussianStatistics(mean: mean, covariance: covariance, count: nil)
      }
      #expect(error?.code == code)
    }
  }

  @Test func aNegativeVarianceIsNamed() throws {
    for values in [[1.0, 0, 0, -0.5], [-3.0, 0, 0, -0.5]] {
      let error = #expect(throws: PeregrineError.self) {
        try GaussianStatistics(
          mean: Tensor.zeros([2]), covariance: Tensor(values, shape: [2, 2]), count: nil)
      }
      #expect(error?.code == .badData)
      #expect(error?.found.hasPrefix("the negative variance ") == true)
      #expect(
        error?.found.hasSuffix(values[0] < 0 ? "-3.0 of feature 0" : "-0.5 of feature 1") == true)
    }
  }
}
