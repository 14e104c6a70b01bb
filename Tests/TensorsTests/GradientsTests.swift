import Diagnostics
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct GradientsTests {
  /// A composed function and the shapes it reads.
  struct Function: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let shapes: [[Int]]
    let body: @Sendable ([Tensor]) throws -> Tensor
  }

  static let functions: [Function] = [
    Function(testDescription: "linear and GELU", shapes: [[3, 4], [5, 4], [5]]) {
      try $0[0].linear($0[1], $0[2]).gelu(approximate: true)
    },
    Function(testDescription: "exact GELU, SiLU, tanh", shapes: [[4, 5]]) {
      try $0[0].gelu() * $0[0].silu() + $0[0].tanh()
    },
    Function(testDescription: "layer norm", shapes: [[3, 6], [6], [6]]) {
      try $0[0].layerNorm(weight: $0[1], bias: $0[2], epsilon: 1e-6).squared()
    },
    Function(testDescription: "RMS norm", shapes: [[3, 6], [6]]) {
      try $0[0].rmsNorm(weight: $0[1], epsilon: 1e-6).squared()
    },
    Function(testDescription: "attention", shapes: [[1, 2, 4, 3], [1, 2, 4, 3], [1, 2, 4, 3]]) {
      try $0[0].attention(keys: $0[1], values: $0[2], scale: 0.6)
    },
    Function(testDescription: "gather and scatter", shapes: [[3, 4], [3, 2]]) {
      let indices = try Tensor([Int64(3), 0, 1, 2, 2, 0], shape: [3, 2])
      return try $0[0].scattering($0[0].gathered(1, indices) * $0[1], 1, indices).squared()
    },
    Function(testDescription: "convolution and group norm", shapes: [[1, 2, 4, 4], [4, 2, 3, 3]]) {
      try $0[0].convolved($0[1], nil, stride: 1, padding: 1)
        .groupNorm(groups: 2, weight: nil, bias: nil, epsilon: 1e-5).exp()
    },
    Function(testDescription: "views, joins, means", shapes: [[2, 6], [2, 3]]) {
      let parts = try $0[0].chunks(2, dim: 1)
      return try Tensor.concatenated([parts[1] * $0[1], parts[0].flipped(1)], dim: 1)
        .reshaped([3, 4]).permuted([1, 0]).mean([0]).exp()
    },
    Function(testDescription: "parts of unlike sizes", shapes: [[2, 6]]) {
      let parts = try $0[0].split([1, 4, 1], dim: 1)
      return try parts[1].squared() * parts[0]
    },
    Function(testDescription: "softmax and embedding", shapes: [[4, 3]]) {
      try $0[0].embedding(Tensor([Int64(1), 1, 3], shape: [3])).softmax(-1).squared()
    },
  ]

  @Test(arguments: functions) func gradientsMatchDifferences(_ function: Function) throws {
    let inputs = function.shapes.enumerated().map {
      PlainArray.example($1, phase: 0.13 * Double($0))
    }
    let deviation = try gradientDeviation(inputs, function.body)
    #expect(deviation < 1e-8, "relative to the largest")
  }

  @Test func gradientsAccumulateUntilCleared() throws {
    let x = try Tensor([2.0, 3], shape: [2])
    #expect(try x.gradient() == nil)
    try x.setRequiresGradient()
    for _ in 0..<2 { try x.squared().sum().backward() }
    #expect(try x.gradient()?.scalars(Double.self) == [8, 12])
    x.clearGradient()
    #expect(try x.gradient() == nil)
  }

  @Test func withoutGradientsNestsAndEndsWithErrors() throws {
    struct Stop: Error {}
    let x = try Tensor([1.0], shape: [1])
    try x.setRequiresGradient()
    let recorded = { try (x * 2).requiresGradient }
    #expect(try recorded())
    let seen = try withoutGradients {
      let before = try recorded()
      let inside = try withoutGradients { try recorded() }
      return [before, inside, try recorded()]
    }
    #expect(seen == [false, false, false])
    #expect(try recorded())
    #expect(throws: Stop.self) { try withoutGradients { throw Stop() } }
    #expect(try recorded())
  }

  @Test func detachingCutsTheHistoryAndSharesMemory() throws {
    let x = try Tensor([1.0, 2], shape: [2])
    try x.setRequiresGradient()
    let detached = try x.detached()
    #expect(!detached.requiresGradient)
    try detached.copy(from: .zeros([2], dtype: .float64))
    #expect(try x.scalars(Double.self) == [0, 0])
  }

  @Test func copyingIntoAParameterIsNotRecorded() throws {
    let x = try Tensor([1.0, 2], shape: [2])
    try x.setRequiresGradient()
    try x.copy(from: Tensor([3.0, 4], shape: [2]))
    try x.squared().sum().backward()
    #expect(try x.gradient()?.scalars(Double.self) == [6, 8])
  }

  @Test func misuseThrows() throws {
    let x = try Tensor([1.0, 2], shape: [2])
    #expect(throws: PeregrineError.self) { try x.backward() }
    #expect(throws: PeregrineError.self) {
      try Tensor([Int64(1)], shape: [1]).setRequiresGradient()
    }
    try x.setRequiresGradient()
    #expect(throws: PeregrineError.self) { try (x * 2).backward() }
  }

  @Test func reducedPrecisionHoldsInsideItsScopeOnly() throws {
    let x = try PlainArray.example([4, 4]).tensor(.float32)
    let product = { try x.matmul(x).dtype }
    let seen = try withComputation(in: .bfloat16, on: .cpu) {
      let before = try product()
      let inside = try withComputation(in: .bfloat16, on: .cpu, product)
      return [before, inside, try product(), try (x + x).dtype]
    }
    #expect(seen == [.bfloat16, .bfloat16, .bfloat16, .float32])
    #expect(try product() == .float32)
    #expect(try withComputation(in: .float32, on: .cpu, product) == .float32)
    struct Stop: Error {}
    #expect(throws: Stop.self) {
      try withComputation(in: .bfloat16, on: .cpu) { throw Stop() }
    }
    #expect(try product() == .float32)
  }
}
