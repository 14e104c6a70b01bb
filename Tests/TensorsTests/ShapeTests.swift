import Diagnostics
import Tensors
import TestSupport
import Testing

/// Views, joins and indexing against index arithmetic.
@Suite struct ShapeTests {
  private let input = PlainArray.example([2, 3, 4])

  private func expect(
    _ tensor: Tensor, _ shape: [Int], sourceLocation: SourceLocation = #_sourceLocation,
    _ source: ([Int]) -> [Int]
  ) throws {
    let expected = PlainArray(shape) { input[source($0)] }
    #expect(try PlainArray(tensor) == expected, sourceLocation: sourceLocation)
  }

  @Test func reshapingKeepsTheOrder() throws {
    let x = try input.tensor()
    #expect(try PlainArray(x.reshaped([4, 6])) == PlainArray(input.values, [4, 6]))
    #expect(try PlainArray(x.reshaped([3, -1])) == PlainArray(input.values, [3, 8]))
    #expect(try x.permuted([2, 0, 1]).reshaped([24]).scalars(Double.self).count == 24)
  }

  @Test func dimensionsMove() throws {
    let x = try input.tensor()
    try expect(x.permuted([2, 0, 1]), [4, 2, 3]) { [$0[1], $0[2], $0[0]] }
    try expect(x.unsqueezed(1), [2, 1, 3, 4]) { [$0[0], $0[2], $0[3]] }
    try expect(x.unsqueezed(-1), [2, 3, 4, 1]) { [$0[0], $0[1], $0[2]] }
    try expect(x.unsqueezed(0).squeezed(0), [2, 3, 4]) { $0 }
    try expect(x.flipped(2), [2, 3, 4]) { [$0[0], $0[1], 3 - $0[2]] }
    try expect(x.unsqueezed(1).expanded([2, 5, 3, 4]), [2, 5, 3, 4]) { [$0[0], $0[2], $0[3]] }
  }

  @Test func slicesAndChunks() throws {
    let x = try input.tensor()
    try expect(x.sliced(1, 1..<3), [2, 2, 4]) { [$0[0], $0[1] + 1, $0[2]] }
    try expect(x.sliced(-1, 0..<4, step: 3), [2, 3, 2]) { [$0[0], $0[1], 3 * $0[2]] }
    try expect(x.sliced(0, 1..<1), [0, 3, 4]) { $0 }
    let parts = try x.chunks(2, dim: -1)
    #expect(parts.count == 2)
    try expect(parts[1], [2, 3, 2]) { [$0[0], $0[1], $0[2] + 2] }
    let unlike = try x.split([1, 3], dim: -1)
    #expect(unlike.count == 2)
    try expect(unlike[0], [2, 3, 1]) { $0 }
    try expect(unlike[1], [2, 3, 3]) { [$0[0], $0[1], $0[2] + 1] }
  }

  @Test func joins() throws {
    let x = try input.tensor()
    let joined = try Tensor.concatenated([x, x.sliced(1, 0..<1)], dim: 1)
    try expect(joined, [2, 4, 4]) { [$0[0], $0[1] % 3, $0[2]] }
    try expect(Tensor.stacked([x, x], dim: 1), [2, 2, 3, 4]) { [$0[0], $0[2], $0[3]] }
  }

  @Test func indexing() throws {
    let x = try input.tensor()
    let rows = [2, 0, 0]
    try expect(x.selecting(1, Tensor(rows.map(Int64.init), shape: [3])), [2, 3, 4]) {
      [$0[0], rows[$0[1]], $0[2]]
    }
    let places = PlainArray([2, 2, 4]) { Double(($0[0] + 2 * $0[1] + $0[2]) % 3) }
    let indices = try places.tensor(.int64)
    try expect(x.gathered(1, indices), [2, 2, 4]) { [$0[0], Int(places[$0]), $0[2]] }

    let source = PlainArray.example([2, 2, 4], phase: 0.3)
    let written = try PlainArray(x.scattering(source.tensor(), 1, indices))
    var expected = input.values
    for index in PlainArray.indices([2, 2, 4]) {
      expected[index[0] * 12 + Int(places[index]) * 4 + index[2]] = source[index]
    }
    #expect(written.values == expected)
    #expect(try PlainArray(x) == input, "scattering copies")
  }

  @Test func zerosAreAddedAroundTheLastDimensions() throws {
    let padded = try PlainArray(input.tensor().padded(bottom: 3, left: 2, right: 1))
    let expected = PlainArray([2, 6, 7]) { index in
      let (row, column) = (index[1], index[2] - 2)
      let isInside = row < 3 && (0..<4).contains(column)
      return isInside ? input[[index[0], row, column]] : 0
    }
    #expect(padded == expected)
    #expect(throws: PeregrineError.self) { try Tensor.zeros([4]).padded(top: 1) }
  }

  @Test func viewsShareMemoryAndClonesDoNot() throws {
    let x = try input.tensor()
    let (view, clone) = (try x.sliced(0, 0..<1).reshaped([12]), try x.clone())
    try view.copy(from: .zeros([12], dtype: .float64))
    #expect(try x.scalars(Double.self) == [Double](repeating: 0, count: 12) + input.values[12...])
    #expect(try PlainArray(clone) == input)
  }

  @Test func whatDoesNotFitIsRefused() throws {
    let x = try input.tensor()
    let attempts: [() throws -> Any] = [
      { try x.sliced(1, 2..<4) }, { try x.sliced(3, 0..<1) }, { try x.sliced(-4, 0..<1) },
      { try x.sliced(0, 0..<2, step: 0) }, { try x.chunks(3, dim: 0) }, { try x.chunks(0, dim: 0) },
      { try x.split([1, 2], dim: 2)[0] }, { try x.split([5, -1], dim: 2)[0] },
      { try x.chunks(2, dim: 5) }, { try x.permuted([0, 1]) }, { try x.permuted([0, 1, 1]) },
      { try x.expanded([2, 6, 4]) }, { try x.squeezed(7) }, { try Tensor.concatenated([], dim: 0) },
      { try x.selecting(1, Tensor([Int64(3)], shape: [1])) },
      { try x.gathered(1, Tensor([Int64(-1)], shape: [1, 1, 1])) },
    ]
    for (number, attempt) in attempts.enumerated() {
      #expect(throws: PeregrineError.self, "attempt \(number)") { _ = try attempt() }
    }
  }
}
