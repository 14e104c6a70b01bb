extension SchurForm {
  /// `Re(Aᵖ·v)`, with the principal power of each eigenvalue.
  ///
  /// With the eigenvectors `R` of the triangle `T`, `Aᵖ·v = Q·R·Λᵖ·R⁻¹·Qᴴ·v`. Eigenvalues closer
  /// than 1.5e-8 of the largest are moved that far apart: a matrix with too few eigenvectors, such as
  /// that of features linear in time, is then off by about 1e-8 instead of undefined.
  func power(_ exponent: Double, times vector: [Double]) -> [Double] {
    let indices = vector.indices
    let values = separatedEigenvalues()
    let vectors = triangleEigenvectors(values)
    var amplitudes = indices.map { column in
      indices.reduce(ComplexNumber(0)) { $0 + vector[$1] * basis[$1][column].conjugate }
    }
    for row in indices.reversed() {
      for column in indices.dropFirst(row + 1) {
        amplitudes[row] = amplitudes[row] - vectors[column][row] * amplitudes[column]
      }
    }
    let powers = zip(values, amplitudes).map { $0.power(exponent) * $1 }
    let turned = indices.map { row in
      indices.dropFirst(row).reduce(ComplexNumber(0)) { $0 + vectors[$1][row] * powers[$1] }
    }
    return indices.map { row in
      indices.reduce(0) { $0 + (basis[row][$1] * turned[$1]).real }
    }
  }

  private func separatedEigenvalues() -> [ComplexNumber] {
    let diagonal = triangle.indices.map { triangle[$0][$0] }
    let distance = Double.ulpOfOne.squareRoot() * (diagonal.map(\.magnitude).max() ?? 0)
    return diagonal.reduce(into: []) { values, value in
      var value = value
      while distance > 0, values.contains(where: { ($0 - value).magnitude < distance }) {
        value = value + ComplexNumber(distance)
      }
      values.append(value)
    }
  }

  /// The columns of `R`: for each eigenvalue, `(T − λ)·r = 0` with 1 on the diagonal.
  private func triangleEigenvectors(_ values: [ComplexNumber]) -> [[ComplexNumber]] {
    values.indices.map { column in
      var vector = values.map { _ in ComplexNumber(0) }
      vector[column] = ComplexNumber(1)
      for row in (0..<column).reversed() {
        let sum = (row + 1...column).reduce(ComplexNumber(0)) {
          $0 + triangle[row][$1] * vector[$1]
        }
        let gap = values[column] - values[row]
        vector[row] = gap.magnitude > 0 ? sum / gap : ComplexNumber(0)
      }
      return vector
    }
  }
}
