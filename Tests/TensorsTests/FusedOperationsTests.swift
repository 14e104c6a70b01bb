import Foundation
import Tensors
import TestSupport
import Testing

/// The fused engine in bfloat16 beside libtorch in float32, values and gradients.
@Suite(.enabled(if: Runtime.hasFusedEngine, "needs AVX-512 with bfloat16"))
struct FusedOperationsTests {
  /// Runs an operation both ways and compares its result and all gradients.
  private func check(_ inputs: [Tensor], _ operation: ([Tensor]) throws -> Tensor) throws {
    let leaves = try inputs.map { try $0.detached() }
    let distances = try distancesFromFloat32(of: leaves) { try operation(leaves) }
    for (index, distance) in distances.enumerated() {
      #expect(distance < 0.012, "\(index == 0 ? "result" : "gradient \(index - 1)")")
    }
  }

  /// Rows that do not fill a product's inner size, and some that do.
  @Test(arguments: [[3, 5], [64], [2, 100]], [false, true])
  func linearLayers(rows: [Int], gelu: Bool) throws {
    let inputs = try [
      randomNarrow(rows + [64], "x"), randomNarrow([96, 64], "weight", scale: 0.15),
      randomNarrow([96], "bias"),
    ]
    try check(inputs) {
      try gelu ? $0[0].linearGELU($0[1], $0[2]) : $0[0].linear($0[1], $0[2])
    }
  }

  @Test func layersWithoutBias() throws {
    try check([randomNarrow([7, 32], "x"), randomNarrow([32, 32], "weight", scale: 0.2)]) {
      try $0[0].linear($0[1], nil)
    }
  }

  @Test(arguments: [NormKind.layer, .rms]) func modulatedNorms(kind: NormKind) throws {
    let inputs = try [
      randomNarrow([2, 5, 48], "x", scale: 2), randomNarrow([48], "gain"),
      randomNarrow([2, 1, 48], "shift"),
      randomNarrow([2, 1, 48], "scale"),
    ]
    try check(inputs) {
      try $0[0].modulatedNorm(kind, gain: $0[1], shift: $0[2], scale: $0[3], epsilon: 1e-6)
    }
    try check([inputs[0], inputs[2], inputs[3]]) {
      try $0[0].modulatedNorm(kind, shift: $0[1], scale: $0[2], epsilon: 1e-6)
    }
  }

  @Test func gatedValues() throws {
    try check([randomNarrow([3, 5, 2 * 40], "both")]) { try $0[0].to(.bfloat16).swiglu() }
  }

  @Test func gates() throws {
    let inputs = try [
      randomNarrow([2, 5, 48], "x"), randomNarrow([2, 1, 48], "gate"),
      randomNarrow([2, 5, 48], "y"),
    ]
    try check(inputs) { inputs in
      // What is added comes out of a product in bfloat16.
      try inputs[0].adding(inputs[2].to(inputs[2].dtype), gatedBy: inputs[1])
    }
    try check(inputs) { try $0[0].adding($0[2].to(.bfloat16), gatedBy: $0[1]) }
  }

  /// Nothing to compute, and a modulation that is shared by all items, which the kernels do not know.
  @Test func shapesThatTheKernelsDoNotTake() throws {
    try withComputation(in: .bfloat16, on: .cpu) {
      let (x, empty) = (try randomNarrow([2, 5, 48], "x"), try Tensor.zeros([2, 0, 48]))
      let shared = try randomNarrow([1, 1, 48], "shared")
      let modulated = try x.modulatedNorm(.layer, shift: shared, scale: shared, epsilon: 1e-6)
      let plain = try x.layerNorm(weight: nil, bias: nil, epsilon: 1e-6) * (1 + shared) + shared
      #expect(try relativeDistance(modulated, plain) == 0)
      #expect(
        try empty.modulatedNorm(.rms, shift: shared, scale: shared, epsilon: 1e-6).shape == [
          2, 0, 48,
        ])
      #expect(try empty.adding(empty.to(.bfloat16), gatedBy: shared).shape == [2, 0, 48])
      #expect(try empty.to(.bfloat16).swiglu().shape == [2, 0, 24])
    }
  }

  /// A frozen weight under a GELU whose bias still learns.
  @Test func aBiasAloneLearnsThroughGELU() throws {
    let (x, weight) = (
      try randomNarrow([4, 32], "x"), try randomNarrow([32, 32], "w", scale: 0.2)
    )
    try check([randomNarrow([32], "bias")]) { try x.linearGELU(weight, $0[0]) }
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
    let x = try randomNarrow([4, 32], "x")
    try withComputation(in: .bfloat16, on: .cpu) {
      for round in 0..<20 {
        let weight = try randomNarrow([32, 32], "weight \(round)")
        func check() throws {
          let expected = try withComputation(in: .float32, on: .cpu) {
            try x.to(.float64).matmul(weight.permuted([1, 0]).to(.float64))
          }
          #expect(try relativeDistance(x.linear(weight, nil), expected) < 0.012, "round \(round)")
        }
        try check()
        try Self.changes[change](weight, randomNarrow([32, 32], "other \(round)"))
        try check()
      }
    }
  }

  /// Two threads' worth of parts give the bits of one.
  @Test func threadsDoNotMatter() throws {
    let inputs = try [
      randomNarrow([300, 64], "x"), randomNarrow([160, 64], "weight"), randomNarrow([160], "bias"),
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
