import DiffusionMath
import Foundation
import Tensors
import TestSupport
import Testing

/// The fused engine in bfloat16 beside libtorch in float32, values and gradients.
@Suite(.enabled(if: Runtime.hasFusedEngine, "needs AVX-512 with bfloat16"))
struct FusedOperationsTests {
  private func random(_ shape: [Int], _ purpose: String, scale: Float = 1) throws -> Tensor {
    var stream = RandomStream(seed: 5, purpose: purpose)
    let values = stream.normals(shape.reduce(1, *)).map { scale * $0 }
    return try Tensor(values, shape: shape).to(.bfloat16).to(.float32)
  }

  /// The largest distance, relative to the largest value.
  private func distance(_ a: Tensor, _ b: Tensor) throws -> Double {
    let pairs = try zip(a.to(.float32).scalars(Float.self), b.to(.float32).scalars(Float.self))
    let largest = try b.to(.float32).scalars(Float.self).map(abs).max() ?? 0
    return Double((pairs.map { abs($0 - $1) }.max() ?? 0) / largest)
  }

  /// Runs an operation both ways and compares its result and all gradients.
  private func check(
    _ inputs: [Tensor], tolerance: Double = 0.012, _ operation: ([Tensor]) throws -> Tensor
  ) throws {
    func run(_ dtype: DType) throws -> (result: Tensor, gradients: [Tensor]) {
      let leaves = try inputs.map { try $0.detached() }
      for leaf in leaves { try leaf.setRequiresGradient() }
      let result = try withComputation(in: dtype, on: .cpu) { try operation(leaves) }
      let weights = try random(result.shape, "weights")
      try (result.to(.float32) * weights).sum().backward()
      return (result, try leaves.map { try #require(try $0.gradient()) })
    }
    let (exact, fused) = (try run(.float32), try run(.bfloat16))
    #expect(try distance(fused.result, exact.result) < tolerance)
    for (index, pair) in zip(fused.gradients, exact.gradients).enumerated() {
      #expect(try distance(pair.0, pair.1) < tolerance, "gradient \(index)")
      #expect(pair.0.dtype == .float32)
    }
  }

  /// Rows that do not fill a product's inner size, and some that do.
  @Test(arguments: [[3, 5], [64], [2, 100]], [false, true])
  func linearLayers(rows: [Int], gelu: Bool) throws {
    let inputs = try [
      random(rows + [64], "x"), random([96, 64], "weight", scale: 0.15), random([96], "bias"),
    ]
    try check(inputs) {
      try gelu ? $0[0].linearGELU($0[1], $0[2]) : $0[0].linear($0[1], $0[2])
    }
  }

  @Test func layersWithoutBias() throws {
    try check([random([7, 32], "x"), random([32, 32], "weight", scale: 0.2)]) {
      try $0[0].linear($0[1], nil)
    }
  }

  @Test(arguments: [NormKind.layer, .rms]) func modulatedNorms(kind: NormKind) throws {
    let inputs = try [
      random([2, 5, 48], "x", scale: 2), random([48], "gain"), random([2, 1, 48], "shift"),
      random([2, 1, 48], "scale"),
    ]
    try check(inputs) {
      try $0[0].modulatedNorm(kind, gain: $0[1], shift: $0[2], scale: $0[3], epsilon: 1e-6)
    }
    try check([inputs[0], inputs[2], inputs[3]]) {
      try $0[0].modulatedNorm(kind, shift: $0[1], scale: $0[2], epsilon: 1e-6)
    }
  }

  @Test func gates() throws {
    let inputs = try [
      random([2, 5, 48], "x"), random([2, 1, 48], "gate"), random([2, 5, 48], "y"),
    ]
    try check(inputs) { inputs in
      // What is added comes out of a product in bfloat16.
      try inputs[0].adding(inputs[2].to(inputs[2].dtype), gatedBy: inputs[1])
    }
    try check(inputs) { try $0[0].adding($0[2].to(.bfloat16), gatedBy: $0[1]) }
  }

  @Test(arguments: [1, 33, 64, 100]) func jointAttention(tokens: Int) throws {
    try check([random([2, tokens, 3 * 2 * 32], "projection")], tolerance: 0.02) {
      try $0[0].jointAttention(heads: 2, scale: 1 / 32.0.squareRoot())
    }
  }

  /// Every way in which a weight changes in place.
  static let changes: [@Sendable (Tensor, Tensor) throws -> Void] = [
    { weight, _ in try ParameterLists.scale([weight], by: Tensor([Float(3)], shape: [])) },
    { weight, other in try ParameterLists.add([other], into: [weight]) },
    { weight, other in try ParameterLists.interpolate([weight], toward: [other], weight: 0.9) },
    { weight, other in try weight.copy(from: other) },
    { weight, other in
      let (zeros, step) = (try Tensor.zeros(other.shape), try Tensor.zeros([]))
      try ParameterLists.adamW(
        parameters: [weight], gradients: [other], firstMoments: [zeros],
        secondMoments: [.zeros(other.shape)], steps: [step], learningRate: 1, beta1: 0.9,
        beta2: 0.99, weightDecay: 0, epsilon: 1e-8)
    },
  ]

  /// A weight that changed in place is packed again, and a new one at an old one's address too.
  @Test(arguments: changes.indices) func changedWeightsAreSeen(change: Int) throws {
    let x = try random([4, 32], "x")
    try withComputation(in: .bfloat16, on: .cpu) {
      for round in 0..<20 {
        let weight = try random([32, 32], "weight \(round)")
        func check() throws {
          let expected = try withComputation(in: .float32, on: .cpu) {
            try x.to(.float64).matmul(weight.permuted([1, 0]).to(.float64))
          }
          #expect(try distance(x.linear(weight, nil), expected) < 0.012, "round \(round)")
        }
        try check()
        try Self.changes[change](weight, random([32, 32], "other \(round)"))
        try check()
      }
    }
  }

  /// Two threads' worth of parts give the bits of one.
  @Test func threadsDoNotMatter() throws {
    let inputs = try [
      random([300, 64], "x"), random([160, 64], "weight"), random([160], "bias"),
    ]
    let before = Runtime.threadCount
    defer { Runtime.threadCount = before }
    let results = try [1, 2, 3].map { threads in
      Runtime.threadCount = threads
      return try withComputation(in: .bfloat16, on: .cpu) {
        try inputs[0].linearGELU(inputs[1], inputs[2]).to(.float32).scalars(Float.self)
      }
    }
    #expect(results[1] == results[0] && results[2] == results[0])
  }
}
