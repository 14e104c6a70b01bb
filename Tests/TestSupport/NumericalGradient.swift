import Tensors

/// The largest deviation of libtorch's gradients from central differences in float64, relative to the
/// largest gradient.
///
/// The function's output is summed with fixed, unequal weights, so that errors do not cancel.
public func gradientDeviation(
  _ inputs: [PlainArray], _ function: ([Tensor]) throws -> Tensor
) throws -> Double {
  func total(_ arrays: [Tensor]) throws -> Tensor {
    let output = try function(arrays)
    return try (output * PlainArray.example(output.shape, phase: 0.1).tensor()).sum()
  }
  let leaves = try inputs.map { try $0.tensor() }
  for leaf in leaves { try leaf.setRequiresGradient() }
  try total(leaves).backward()

  let step = 1e-5
  var (worst, largest) = (0.0, 0.0)
  for (position, input) in inputs.enumerated() {
    guard let gradient = try leaves[position].gradient() else { return .infinity }
    let exact = try gradient.scalars(Double.self)
    for element in input.values.indices {
      let moved = try [step, -step].map { offset in
        var values = input.values
        values[element] += offset
        var tensors = try inputs.map { try $0.tensor() }
        tensors[position] = try PlainArray(values, input.shape).tensor()
        return try withoutGradients { try total(tensors).item() }
      }
      let numeric = (moved[0] - moved[1]) / (2 * step)
      worst = max(worst, abs(numeric - exact[element]))
      largest = max(largest, abs(numeric))
    }
  }
  return worst / largest
}
