/// The complex Schur form `A = Q·T·Qᴴ` of a small real matrix: `Q` unitary, `T` upper triangular
/// with the eigenvalues on its diagonal.
///
/// By the QR algorithm (Francis 1961; Golub and Van Loan, section 7.5): the matrix is made
/// Hessenberg, then single shifts chase its subdiagonal to 0. Every step is a rotation of two rows
/// and the same two columns.
struct SchurForm {
  /// The rows of `T`.
  private(set) var triangle: [[ComplexNumber]]
  /// The rows of `Q`.
  private(set) var basis: [[ComplexNumber]]

  /// Decomposes the matrix with these columns, as many as rows.
  init(_ columns: [[Double]]) {
    let indices = columns.indices
    triangle = indices.map { i in indices.map { ComplexNumber(columns[$0][i]) } }
    basis = indices.map { i in indices.map { ComplexNumber($0 == i ? 1 : 0) } }
    makeHessenberg()
    var last = columns.count - 1
    // Two or three steps for each eigenvalue are usual; the bound only guards against NaN.
    for step in 1...max(60 * columns.count, 1) {
      while last > 0, isNegligible(last) { last -= 1 }
      guard last > 0 else { break }
      var first = last - 1
      while first > 0, !isNegligible(first) { first -= 1 }
      chase(first, last, shift: step.isMultiple(of: 10) ? exceptionalShift(last) : shift(last))
    }
  }

  /// Clears everything below the subdiagonal.
  private mutating func makeHessenberg() {
    let count = triangle.count
    for column in 0..<max(count - 2, 0) {
      for row in column + 2..<count {
        rotate(column + 1, row, triangle[column + 1][column], triangle[row][column])
      }
    }
  }

  /// One QR step with a shift on the rows and columns `first...last`.
  private mutating func chase(_ first: Int, _ last: Int, shift: ComplexNumber) {
    rotate(first, first + 1, triangle[first][first] - shift, triangle[first + 1][first])
    for row in first + 1..<max(last, first + 1) {
      rotate(row, row + 1, triangle[row][row - 1], triangle[row + 1][row - 1])
    }
  }

  /// Turns rows `p` and `q` by the rotation that takes `(a, b)` to `(·, 0)`, and the columns back.
  private mutating func rotate(_ p: Int, _ q: Int, _ a: ComplexNumber, _ b: ComplexNumber) {
    guard b.magnitude > 0 else { return }
    let length = (a.magnitude * a.magnitude + b.magnitude * b.magnitude).squareRoot()
    let (c, s) = ((1 / length) * a, (1 / length) * b)
    for column in triangle.indices {
      let (x, y) = (triangle[p][column], triangle[q][column])
      triangle[p][column] = c.conjugate * x + s.conjugate * y
      triangle[q][column] = c * y - s * x
    }
    Self.rotateColumns(&triangle, p, q, c, s)
    Self.rotateColumns(&basis, p, q, c, s)
  }

  private static func rotateColumns(
    _ rows: inout [[ComplexNumber]], _ p: Int, _ q: Int, _ c: ComplexNumber, _ s: ComplexNumber
  ) {
    for row in rows.indices {
      let (x, y) = (rows[row][p], rows[row][q])
      rows[row][p] = x * c + y * s
      rows[row][q] = y * c.conjugate - x * s.conjugate
    }
  }

  /// Whether the entry left of the diagonal is below the precision of its neighbours; then it is
  /// made 0.
  private mutating func isNegligible(_ row: Int) -> Bool {
    let size = triangle[row][row].magnitude + triangle[row - 1][row - 1].magnitude
    let isSmall = triangle[row][row - 1].magnitude <= Double.ulpOfOne * size
    if isSmall { triangle[row][row - 1] = ComplexNumber(0) }
    return isSmall
  }

  /// Wilkinson's shift: the eigenvalue of the 2×2 corner that is nearer to its last entry.
  private func shift(_ last: Int) -> ComplexNumber {
    let (a, b) = (triangle[last - 1][last - 1], triangle[last - 1][last])
    let (c, d) = (triangle[last][last - 1], triangle[last][last])
    let half = 0.5 * (a - d)
    let root = (half * half + b * c).power(0.5)
    let (one, other) = (half + root, half - root)
    return d + (one.magnitude < other.magnitude ? one : other)
  }

  /// A shift that breaks a cycle of the usual ones.
  private func exceptionalShift(_ last: Int) -> ComplexNumber {
    triangle[last][last] + ComplexNumber(triangle[last][last - 1].magnitude)
  }
}
