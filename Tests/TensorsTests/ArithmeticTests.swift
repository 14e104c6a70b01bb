import Foundation
import Tensors
import TestSupport
import Testing

/// Every element-wise operation against plain Swift, in float64.
@Suite struct ArithmeticTests {
  /// One operation and what it should compute.
  struct Unary: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let operation: @Sendable (Tensor) throws -> Tensor
    let reference: @Sendable (Double) -> Double
    init(
      _ name: String, _ operation: @escaping @Sendable (Tensor) throws -> Tensor,
      _ reference: @escaping @Sendable (Double) -> Double
    ) {
      testDescription = name
      self.operation = operation
      self.reference = reference
    }
  }

  static let unaries: [Unary] = [
    Unary("negation", { try -$0 }) { -$0 },
    Unary("exp", { try $0.exp() }, exp),
    Unary("log", { try $0.squared().log() }) { log($0 * $0) },
    Unary("root", { try $0.squared().squareRoot() }, abs),
    Unary("square", { try $0.squared() }) { $0 * $0 },
    Unary("magnitude", { try $0.magnitude() }, abs),
    Unary("sin", { try $0.sin() }, sin),
    Unary("cos", { try $0.cos() }, cos),
    Unary("tanh", { try $0.tanh() }, tanh),
    Unary("sigmoid", { try $0.sigmoid() }) { 1 / (1 + exp(-$0)) },
    Unary("SiLU", { try $0.silu() }) { $0 / (1 + exp(-$0)) },
    Unary("ReLU", { try $0.relu() }) { max($0, 0) },
    Unary("softplus", { try $0.softplus() }) { log(1 + exp($0)) },
    Unary("GELU", { try $0.gelu() }) { $0 / 2 * (1 + erf($0 / 2.0.squareRoot())) },
    Unary("GELU, tanh form", { try $0.gelu(approximate: true) }) {
      $0 / 2 * (1 + tanh((2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0)))
    },
    Unary("power", { try $0.power(3) }) { $0 * $0 * $0 },
    Unary("clamp", { try $0.clamped(-0.5, 1) }) { min(max($0, -0.5), 1) },
    Unary("clamp from below", { try $0.clamped(0.25) }) { max($0, 0.25) },
    Unary("clamp from above", { try $0.clamped(-.infinity, 0.25) }) { min($0, 0.25) },
    Unary("plus a number", { try $0 + 1.5 }) { $0 + 1.5 },
    Unary("a number plus", { try 1.5 + $0 }) { 1.5 + $0 },
    Unary("minus a number", { try $0 - 1.5 }) { $0 - 1.5 },
    Unary("a number minus", { try 1.5 - $0 }) { 1.5 - $0 },
    Unary("times a number", { try $0 * -3 }) { $0 * -3 },
    Unary("a number times", { try -3 * $0 }) { -3 * $0 },
    Unary("over a number", { try $0 / 3 }) { $0 / 3 },
  ]

  @Test(arguments: unaries) func unaryOperationsComputeTheirFunction(_ unary: Unary) throws {
    let input = PlainArray.example([3, 7])
    let output = try PlainArray(unary.operation(input.tensor()))
    let expected = PlainArray(input.values.map(unary.reference), input.shape)
    #expect(output.distance(to: expected) < 1e-12)
  }

  /// Two-operand operations.
  struct Binary: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let operation: @Sendable (Tensor, Tensor) throws -> Tensor
    let reference: @Sendable (Double, Double) -> Double
  }

  static let binaries: [Binary] = [
    Binary(testDescription: "sum", operation: { try $0 + $1 }, reference: { $0 + $1 }),
    Binary(testDescription: "difference", operation: { try $0 - $1 }, reference: { $0 - $1 }),
    Binary(testDescription: "product", operation: { try $0 * $1 }, reference: { $0 * $1 }),
    Binary(testDescription: "quotient", operation: { try $0 / $1 }, reference: { $0 / $1 }),
    Binary(
      testDescription: "maximum", operation: { try $0.maximum($1) }, reference: { max($0, $1) }),
  ]

  @Test(arguments: binaries, [[2, 3], [3], [2, 1], [1, 1, 3], []])
  func binaryOperationsBroadcast(_ binary: Binary, shape: [Int]) throws {
    let first = PlainArray.example([4, 2, 3])
    let second = PlainArray.example(shape, phase: 0.2)
    let output = try PlainArray(binary.operation(first.tensor(), second.tensor()))
    let expected = PlainArray([4, 2, 3]) { binary.reference(first[$0], second[$0]) }
    #expect(output.distance(to: expected) < 1e-13)
    let turned = try PlainArray(binary.operation(second.tensor(), first.tensor()))
    let expectedTurned = PlainArray([4, 2, 3]) { binary.reference(second[$0], first[$0]) }
    #expect(turned.distance(to: expectedTurned) < 1e-13)
  }

  @Test func comparisonsAndChoices() throws {
    let x = try Tensor([1, 2, .nan, .infinity, -.infinity, 3], shape: [6])
    let y = try Tensor([1, 0, 0, .infinity, 0, 4], shape: [6])
    #expect(try x.equals(y).scalars(Bool.self) == [true, false, false, true, false, false])
    #expect(try x.isLess(than: 2).scalars(Bool.self) == [true, false, false, false, true, false])
    let finite = try x.isFinite()
    #expect(finite.dtype == .bool)
    #expect(try finite.scalars(Bool.self) == [true, true, false, false, false, true])
    #expect(
      try finite.logicalNot().scalars(Bool.self) == [false, false, true, true, true, false])
    #expect(
      try x.selected(where: finite, else: .full(9, shape: [])).scalars(Float.self)
        == [1, 2, 9, 9, 9, 3])
  }

  /// Numbers are doubles: with one, integers become float32.
  @Test func integersStayIntegersAmongThemselves() throws {
    let x = try Tensor([Int64(7), -2, 1 << 40], shape: [3])
    let doubled = try x + x
    #expect(doubled.dtype == .int64)
    #expect(try doubled.scalars(Int64.self) == [14, -4, 2 << 40])
    #expect(try (x * 2).dtype == .float32)
  }
}
