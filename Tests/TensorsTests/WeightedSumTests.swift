import Tensors
import TestSupport
import Testing

/// Weighted sums of rows, which forecasts are made of.
@Suite struct WeightedSumTests {
  private let weights: [[Double]] = [[1, 0, 0], [3, -3, 1], [0, 0.5, 0.25]]

  /// Longer than one part of the kernel, and no multiple of it.
  private func terms(_ dtype: DType) throws -> [Tensor] {
    try (0..<3).map { term in
      try PlainArray.example([3, 7, 301], phase: Double(term)).tensor(dtype)
    }
  }

  private func expected(_ terms: [Tensor], base: Tensor?) throws -> PlainArray {
    let size = 7 * 301
    let values = try terms.map { try $0.scalars(Double.self) }
    var sum = try base?.scalars(Double.self) ?? [Double](repeating: 0, count: 3 * size)
    for index in sum.indices {
      for term in 0..<3 { sum[index] += weights[index / size][term] * values[term][index] }
    }
    return PlainArray(sum, [3, 7, 301])
  }

  @Test(arguments: [(DType.float64, 1e-14), (.float32, 1e-6), (.bfloat16, 1.6e-2)])
  func everyRowHasItsWeights(dtype: DType, tolerance: Double) throws {
    let terms = try terms(dtype)
    let base = try PlainArray.example([3, 7, 301], phase: 9).tensor(dtype)
    for start in [nil, base] {
      let sum = try Tensor.weightedSum(terms, weights: weights, base: start)
      #expect(sum.dtype == dtype)
      let distance = try PlainArray(sum).distance(to: expected(terms, base: start))
      #expect(distance < tolerance, "\(dtype): \(distance)")
    }
  }

  /// A term without weight is not read: it may be NaN.
  @Test func aTermWithoutWeightIsNotRead() throws {
    let broken = try Tensor([Float](repeating: .nan, count: 8), shape: [2, 4])
    let ones = try Tensor([Float](repeating: 1, count: 8), shape: [2, 4])
    let sum = try Tensor.weightedSum([broken, ones], weights: [[0, 2], [0, 3]])
    #expect(try sum.scalars(Float.self) == [2, 2, 2, 2, 3, 3, 3, 3])
  }

  /// A base of another dtype takes the unfused path.
  @Test func theBaseMayBeWider() throws {
    let terms = try terms(.bfloat16)
    let base = try PlainArray.example([3, 7, 301], phase: 9).tensor(.float32)
    let sum = try Tensor.weightedSum(terms, weights: weights, base: base)
    #expect(sum.dtype == .float32)
    #expect(try PlainArray(sum).distance(to: expected(terms, base: base)) < 1e-6)
  }
}
