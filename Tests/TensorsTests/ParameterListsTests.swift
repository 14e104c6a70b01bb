import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct ParameterListsTests {
  /// Algorithm 2 of Loshchilov & Hutter, by hand, for several steps with changing gradients.
  @Test func adamWFollowsItsFormula() throws {
    let (rate, beta1, beta2, decay, epsilon) = (0.01, 0.9, 0.95, 0.1, 1e-8)
    let start = [PlainArray.example([3, 2]), PlainArray.example([5], phase: 0.3)]
    let parameters = try start.map { try $0.tensor() }
    let (first, second) = (
      try start.map { try Tensor.zeros($0.shape, dtype: .float64) },
      try start.map { try Tensor.zeros($0.shape, dtype: .float64) }
    )
    let steps = try start.map { _ in try Tensor.zeros([]) }
    var expected = start.map(\.values)
    var moments = start.map { $0.values.map { _ in (0.0, 0.0) } }
    for step in 1...5 {
      let gradients = start.map { PlainArray.example($0.shape, phase: 0.17 * Double(step)) }
      try ParameterLists.adamW(
        parameters: parameters, gradients: gradients.map { try $0.tensor() }, firstMoments: first,
        secondMoments: second, steps: steps, learningRate: rate, beta1: beta1, beta2: beta2,
        weightDecay: decay, epsilon: epsilon)
      for (index, gradient) in gradients.enumerated() {
        for (element, g) in gradient.values.enumerated() {
          var (m, v) = moments[index][element]
          m = beta1 * m + (1 - beta1) * g
          v = beta2 * v + (1 - beta2) * g * g
          moments[index][element] = (m, v)
          let corrected = (m / (1 - pow(beta1, Double(step))), v / (1 - pow(beta2, Double(step))))
          expected[index][element] *= 1 - rate * decay
          expected[index][element] -= rate * corrected.0 / (corrected.1.squareRoot() + epsilon)
        }
      }
    }
    for (parameter, values) in zip(parameters, expected) {
      let found = try parameter.scalars(Double.self)
      #expect(zip(found, values).allSatisfy { abs($0 - $1) < 1e-12 })
    }
    #expect(try steps.map { try $0.item() } == [5, 5])
  }

  @Test func adamWWithoutParametersIsNothing() throws {
    try ParameterLists.adamW(
      parameters: [], gradients: [], firstMoments: [], secondMoments: [], steps: [],
      learningRate: 1, beta1: 0.9, beta2: 0.999, weightDecay: 0, epsilon: 1e-8)
  }

  @Test func theGlobalNormIsOverAllElements() throws {
    let tensors = [
      try Tensor([3.0, 0], shape: [2]), try Tensor([[4.0], [12]].flatMap { $0 }, shape: [2, 1]),
    ]
    #expect(abs(try ParameterLists.globalNorm(tensors).item() - 13) < 1e-12)
    // In float32 the sum of this many squares would be wrong in the fifth digit.
    let values = (0..<3_000_001).map { Float(1 + $0 % 7) * 1e-3 }
    let exact = values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    let narrow = [
      try Tensor(values, shape: [3_000_001]), try Tensor(Array(values), shape: [3_000_001, 1]),
    ]
    let norm = try ParameterLists.globalNorm(narrow).item()
    #expect(abs(norm / (exact * 2.squareRoot()) - 1) < 1e-10)
  }

  @Test func scalingAndInterpolatingChangeInPlace() throws {
    let tensors = [try Tensor([1.0, 2], shape: [2]), try Tensor([4.0], shape: [1])]
    try ParameterLists.scale(tensors, by: .full(0.5, shape: [], dtype: .float64))
    #expect(try tensors[0].scalars(Double.self) == [0.5, 1])
    #expect(try tensors[1].scalars(Double.self) == [2])
    try ParameterLists.interpolate(
      tensors, toward: [.ones([2], dtype: .float64), .zeros([1], dtype: .float64)], weight: 0.25)
    #expect(try tensors[0].scalars(Double.self) == [0.625, 1])
    #expect(try tensors[1].scalars(Double.self) == [1.5])
  }
}
