import DiffusionMath
import Tensors

/// Independent normal features `[count, width]` in float64, with a mean and a scale for each column.
func normalFeatures(
  _ count: Int, means: [Double], scales: [Double], seed: UInt64
) throws -> Tensor {
  let streams = (0..<count).map {
    RandomStream(seed: seed, purpose: "tests/features", index: UInt64($0))
  }
  let noise = try Tensor.normal(streams, rowShape: [means.count], dtype: .float64)
  return try noise * Tensor(scales, shape: [means.count]) + Tensor(means, shape: [means.count])
}

/// Standard normal features `[count, width]`, all shifted by one number.
func normalFeatures(
  _ count: Int, width: Int, shift: Double = 0, seed: UInt64
) throws -> Tensor {
  try normalFeatures(
    count, means: .init(repeating: shift, count: width), scales: .init(repeating: 1, count: width),
    seed: seed)
}

/// How far two numbers are apart, as a share of the second.
func relativeError(_ found: Double, _ expected: Double) -> Double {
  abs(found - expected) / abs(expected)
}
