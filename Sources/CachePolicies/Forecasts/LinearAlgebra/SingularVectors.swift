/// The singular value decomposition `X = U·Σ·Vᵀ` of a small matrix.
///
/// By one-sided Jacobi rotations (Hestenes 1958; Golub and Van Loan, section 8.6): pairs of columns
/// are turned until all are orthogonal, which also finds small singular values to nearly full
/// relative precision.
struct SingularVectors {
  /// The singular values, largest first, as many as columns.
  let values: [Double]
  /// The columns of `U`; 0 where the singular value is 0.
  let left: [[Double]]
  /// The columns of `V`.
  let right: [[Double]]

  /// Decomposes the matrix with these columns.
  init(_ columns: [[Double]]) {
    var turned = columns
    var rotation = unitVectors(columns.count)
    // Converges quadratically; six sweeps are usual, and the bound only guards against NaN.
    for _ in 0..<60 where Self.sweep(&turned, &rotation) {}
    let lengths = turned.map { dot($0, $0).squareRoot() }
    let order = lengths.indices.sorted { lengths[$0] > lengths[$1] }
    values = order.map { lengths[$0] }
    left = order.map { index in turned[index].map { lengths[index] > 0 ? $0 / lengths[index] : 0 } }
    right = order.map { rotation[$0] }
  }

  /// The shortest `w` with the smallest `|X·w − target|`; directions with less than 1e-13 of the
  /// largest singular value do not count.
  func leastSquares(_ target: [Double]) -> [Double] {
    let cutoff = (values.first ?? 0) * 1e-13
    let coefficients = zip(left, values).map { $1 > cutoff ? dot($0, target) / $1 : 0 }
    return combination(right, coefficients)
  }

  /// Turns every pair of columns once; false if all were orthogonal.
  private static func sweep(_ columns: inout [[Double]], _ rotation: inout [[Double]]) -> Bool {
    var hasTurned = false
    for i in columns.indices {
      for j in columns.indices.dropFirst(i + 1) {
        let (a, b) = (dot(columns[i], columns[i]), dot(columns[j], columns[j]))
        let product = dot(columns[i], columns[j])
        guard abs(product) > Double.ulpOfOne * (a * b).squareRoot() else { continue }
        hasTurned = true
        let zeta = (b - a) / (2 * product)
        let tangent = (zeta < 0 ? -1 : 1) / (abs(zeta) + (1 + zeta * zeta).squareRoot())
        let cosine = 1 / (1 + tangent * tangent).squareRoot()
        turn(&columns, i, j, cosine, cosine * tangent)
        turn(&rotation, i, j, cosine, cosine * tangent)
      }
    }
    return hasTurned
  }

  private static func turn(
    _ columns: inout [[Double]], _ i: Int, _ j: Int, _ cosine: Double, _ sine: Double
  ) {
    for row in columns[i].indices {
      let (x, y) = (columns[i][row], columns[j][row])
      columns[i][row] = cosine * x - sine * y
      columns[j][row] = sine * x + cosine * y
    }
  }
}
