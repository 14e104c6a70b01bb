import DiffusionMath
import Foundation
import Testing

@testable import CachePolicies

@Suite struct LinearAlgebraTests {
  static func random(_ rows: Int, _ columns: Int, _ index: UInt64) -> [[Double]] {
    var stream = RandomStream(seed: 7, purpose: "linear-algebra-tests", index: index)
    return (0..<columns).map { _ in stream.normals(rows).map(Double.init) }
  }

  static func distance(_ left: [[Double]], _ right: [[Double]]) -> Double {
    zip(left.joined(), right.joined()).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }

  @Test func coordinatesHaveTheGivenProducts() {
    for index in 0..<20 as Range<UInt64> {
      let vectors = Self.random(9, 6, index)
      let products = vectors.map { one in vectors.map { dot(one, $0) } }
      let points = gramCoordinates(products)
      #expect(points.allSatisfy { $0.count == 6 })
      let found = points.map { one in points.map { dot(one, $0) } }
      #expect(Self.distance(products, found) < 1e-12)
    }
  }

  @Test func coordinatesAreAsManyAsTheRank() {
    let plane = [[1.0, 2], [2, -1], [3, 3], [0.5, 0], [-4, 1]]
    let products = plane.map { one in plane.map { dot(one, $0) } }
    #expect(gramCoordinates(products).allSatisfy { $0.count == 2 })
    #expect(gramCoordinates([[0, 0], [0, 0]]) == [[], []])
  }

  @Test func singularVectorsGiveTheMatrixBack() {
    for index in 0..<20 as Range<UInt64> {
      let columns = Self.random(6, 5, index)
      let found = SingularVectors(columns)
      #expect(zip(found.values, found.values.dropFirst()).allSatisfy { $0 >= $1 })
      let rebuilt = columns.indices.map { column in
        combination(found.left, zip(found.right, found.values).map { $0[column] * $1 })
      }
      #expect(Self.distance(columns, rebuilt) < 1e-12)
      for vectors in [found.left, found.right] {
        let products = vectors.map { one in vectors.map { dot(one, $0) } }
        #expect(Self.distance(products, unitVectors(5)) < 1e-12)
      }
    }
  }

  @Test func smallSingularValuesKeepTheirDigits() {
    // [[1, 1], [δ, 0], [0, δ]]: the values are √(2 + δ²) and δ.
    for delta in [1e-4, 1e-9] {
      let values = SingularVectors([[1, delta, 0], [1, 0, delta]]).values
      #expect(abs(values[1] / delta - 1) < 1e-6)
    }
  }

  @Test func leastSquaresLeavesAResidualOrthogonalToTheColumns() {
    let columns = Self.random(7, 4, 0)
    let target = Self.random(7, 1, 1)[0]
    let fit = combination(columns, SingularVectors(columns).leastSquares(target))
    let residual = zip(target, fit).map { $0 - $1 }
    #expect(dot(residual, residual) > 0.01)
    #expect(columns.allSatisfy { abs(dot($0, residual)) < 1e-12 })
  }

  @Test func wholePowersAreProducts() {
    for index in 0..<40 as Range<UInt64> {
      let size = 1 + Int(index % 6)
      let matrix = Self.random(size, size, index)
      let vector = Self.random(size, 1, 100 + index)[0]
      let schur = SchurForm(matrix)
      var expected = vector
      for power in 1...3 {
        expected = combination(matrix, expected)
        let found = schur.power(Double(power), times: vector)
        let scale = max(1, expected.map(abs).max() ?? 1)
        #expect(Self.distance([found], [expected]) < 1e-9 * scale)
      }
    }
  }

  @Test func schurFormIsTriangularAndUnitary() {
    for index in 0..<20 as Range<UInt64> {
      let schur = SchurForm(Self.random(6, 6, index))
      for row in 0..<6 {
        #expect(schur.triangle[row].prefix(row).allSatisfy { $0.magnitude < 1e-14 })
        for other in 0..<6 {
          let product = zip(schur.basis[row], schur.basis[other]).reduce(ComplexNumber(0)) {
            $0 + $1.0 * $1.1.conjugate
          }
          #expect((product - ComplexNumber(row == other ? 1 : 0)).magnitude < 1e-13)
        }
      }
    }
  }

  @Test func halfAQuarterTurnIsAnEighth() {
    let turn = SchurForm([[0, 1], [-1, 0]])
    let half = turn.power(0.5, times: [1, 0])
    #expect(abs(half[0] - 0.5.squareRoot()) < 1e-12 && abs(half[1] - 0.5.squareRoot()) < 1e-12)
  }

  @Test func powersOfAMatrixWithOneEigenvectorAreClose() {
    let shear = SchurForm([[1, 0], [1, 1]])
    let half = shear.power(0.5, times: [0, 1])
    #expect(abs(half[0] - 0.5) < 1e-6 && abs(half[1] - 1) < 1e-6)
  }

  @Test func negativeEigenvaluesTakeThePrincipalPower() {
    // (−4)^½ = 2i, whose real part is 0; (−8)^⅓ has the real part 1.
    #expect(abs(SchurForm([[-4]]).power(0.5, times: [1])[0]) < 1e-12)
    #expect(abs(SchurForm([[-8]]).power(1.0 / 3, times: [1])[0] - 1) < 1e-12)
  }
}
