import Diagnostics
import Tensors
import TestSupport
import Testing

@Suite struct LinearAlgebraTests {
  /// A symmetric matrix without structure.
  private func symmetric(_ size: Int) throws -> Tensor {
    let values = PlainArray.example([size, size])
    return try PlainArray([size, size]) { values[$0] + values[$0.reversed()] }.tensor()
  }

  @Test(arguments: [1, 2, 7, 40]) func eigenvectorsRebuildTheMatrix(size: Int) throws {
    let matrix = try symmetric(size)
    let (values, vectors) = try matrix.symmetricEigen()
    let transpose = try vectors.permuted([1, 0])
    let rebuilt = try (vectors * values).matmul(transpose)
    #expect(try PlainArray(rebuilt).distance(to: PlainArray(matrix)) < 1e-12)
    let identity = PlainArray([size, size]) { $0[0] == $0[1] ? 1 : 0 }
    #expect(try PlainArray(transpose.matmul(vectors)).distance(to: identity) < 1e-12)
    let ascending = try values.scalars(Double.self)
    #expect(ascending == ascending.sorted())
    let alone = try matrix.symmetricEigenvalues()
    #expect(try PlainArray(alone).distance(to: PlainArray(values)) < 1e-12)
  }

  /// [[2, 1], [1, 2]] has 1 and 3. The upper triangle is not read.
  @Test func knownEigenvalues() throws {
    let matrix = try Tensor([2.0, 99, 1, 2], shape: [2, 2])
    let values = try matrix.symmetricEigenvalues().scalars(Double.self)
    #expect(abs(values[0] - 1) < 1e-15 && abs(values[1] - 3) < 1e-15)
  }

  @Test func smallestElementsComeInOrder() throws {
    let x = try Tensor([3, 1, 2, 0, -5, 7], shape: [2, 3])
    let (values, indices) = try x.smallest(2, dim: 1)
    #expect(try values.scalars(Float.self) == [1, 2, -5, 0])
    #expect(try indices.scalars(Int64.self) == [1, 2, 1, 0])
  }

  @Test func unfitShapesAreRefused() throws {
    let flat = try Tensor.zeros([2, 3])
    #expect(throws: PeregrineError.self) { try flat.symmetricEigen() }
    #expect(throws: PeregrineError.self) { try flat.symmetricEigenvalues() }
    #expect(throws: PeregrineError.self) { try flat.smallest(4, dim: 1) }
  }
}
