import DiffusionMath
import Tensors

/// Random numbers that are exact in bfloat16.
public func randomNarrow(_ shape: [Int], _ purpose: String, scale: Float = 1) throws -> Tensor {
  var stream = RandomStream(seed: 5, purpose: purpose)
  let values = stream.normals(shape.reduce(1, *)).map { scale * $0 }
  return try Tensor(values, shape: shape).to(.bfloat16).to(.float32)
}

/// The largest difference of two tensors, relative to the largest absolute value of the second
/// unless that is 0; infinite if a number is not finite.
public func relativeDistance(_ a: Tensor, _ b: Tensor) throws -> Double {
  let values = try (a.to(.float32).scalars(Float.self), b.to(.float32).scalars(Float.self))
  guard values.0.allSatisfy(\.isFinite), values.1.allSatisfy(\.isFinite) else { return .infinity }
  let largest = values.1.map(abs).max() ?? 0
  let distance = zip(values.0, values.1).map { abs($0 - $1) }.max() ?? 0
  return Double(largest > 0 ? distance / largest : distance)
}

/// The distances between an operation in bfloat16 and in float32: of its result, then of each leaf's
/// gradient.
///
/// For the backward pass the result is summed with fixed random weights. Existing gradients of the
/// leaves are lost.
public func distancesFromFloat32(of leaves: [Tensor], _ operation: () throws -> Tensor) throws
  -> [Double]
{
  for leaf in leaves { try leaf.setRequiresGradient() }
  func run(_ dtype: DType) throws -> [Tensor] {
    for leaf in leaves { leaf.clearGradient() }
    let result = try withComputation(in: dtype, on: .cpu) { try operation() }
    try (result.to(.float32) * randomNarrow(result.shape, "weights")).sum().backward()
    return try [result.detached()] + leaves.map { try $0.gradient() ?? .zeros($0.shape) }
  }
  let (exact, narrow) = (try run(.float32), try run(.bfloat16))
  for leaf in leaves { leaf.clearGradient() }
  return try zip(narrow, exact).map { try relativeDistance($0, $1) }
}
