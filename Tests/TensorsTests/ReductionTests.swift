import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct ReductionTests {
  struct Reduction: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let operation: @Sendable (Tensor, [Int], Bool) throws -> Tensor
    let reference: @Sendable ([Double]) -> Double
  }

  static let reductions: [Reduction] = [
    Reduction(
      testDescription: "sum", operation: { try $0.sum($1, keepingDims: $2) },
      reference: { $0.reduce(0, +) }),
    Reduction(
      testDescription: "mean", operation: { try $0.mean($1, keepingDims: $2) },
      reference: { $0.reduce(0, +) / Double($0.count) }),
    Reduction(
      testDescription: "variance", operation: { try $0.variance($1, keepingDims: $2) },
      reference: { values in
        let mean = values.reduce(0, +) / Double(values.count)
        return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
      }),
    Reduction(
      testDescription: "max", operation: { try $0.max($1, keepingDims: $2) },
      reference: { $0.max() ?? .nan }),
    Reduction(
      testDescription: "min", operation: { try $0.min($1, keepingDims: $2) },
      reference: { $0.min() ?? .nan }),
  ]

  @Test(arguments: reductions, [[0], [1], [2], [-1], [0, 2], [0, 1, 2]])
  func reductionsGatherTheNamedDimensions(_ reduction: Reduction, dims: [Int]) throws {
    let input = PlainArray.example([2, 3, 4])
    let gone = Set(dims.map { $0 < 0 ? $0 + 3 : $0 })
    let kept = PlainArray(input.shape.enumerated().map { gone.contains($0) ? 1 : $1 }) { target in
      reduction.reference(
        PlainArray.indices(input.shape)
          .filter { source in
            (0..<3).allSatisfy { gone.contains($0) || source[$0] == target[$0] }
          }.map { input[$0] })
    }
    let found = try PlainArray(reduction.operation(input.tensor(), dims, true))
    #expect(found.distance(to: kept) < 1e-13)
    let dropped = try PlainArray(reduction.operation(input.tensor(), dims, false))
    #expect(dropped.values == found.values)
    #expect(dropped.shape == (0..<3).filter { !gone.contains($0) }.map { input.shape[$0] })
  }

  @Test(arguments: reductions) func noDimensionMeansAll(_ reduction: Reduction) throws {
    let input = PlainArray.example([2, 3, 4])
    let found = try reduction.operation(input.tensor(), [], false)
    #expect(found.shape == [])
    #expect(abs(try found.item() - reduction.reference(input.values)) < 1e-13)
  }

  @Test func allHoldsOnlyWithoutExceptions() throws {
    #expect(try Tensor([true, true], shape: [2]).all())
    #expect(try !Tensor([true, false], shape: [2]).all())
    #expect(try Tensor([Bool](), shape: [0]).all())
  }

  @Test func indicesAndOrders() throws {
    let x = try Tensor([3, 1, 2, 0, 5, 5], shape: [2, 3])
    #expect(try x.indexOfMaximum(1).scalars(Int64.self) == [0, 1])
    #expect(try x.indexOfMaximum(0).scalars(Int64.self) == [0, 1, 1])
    // Stable: equal elements keep their order.
    #expect(try x.sortingOrder(1).scalars(Int64.self) == [1, 2, 0, 0, 1, 2])
  }
}
