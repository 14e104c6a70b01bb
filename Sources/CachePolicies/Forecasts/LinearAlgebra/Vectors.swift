// A matrix is the list of its columns throughout this folder.

/// The inner product.
func dot(_ left: [Double], _ right: [Double]) -> Double {
  zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
}

/// The sum of vectors with weights, which is a matrix times a vector.
func combination(_ vectors: [[Double]], _ weights: [Double]) -> [Double] {
  zip(vectors, weights).reduce(into: vectors.first?.map { _ in 0 } ?? []) { sum, term in
    for index in sum.indices { sum[index] += term.1 * term.0[index] }
  }
}

/// The columns of the unit matrix.
func unitVectors(_ count: Int) -> [[Double]] {
  (0..<count).map { column in (0..<count).map { $0 == column ? 1 : 0 } }
}
