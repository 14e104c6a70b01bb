import Tensors

/// The Newton–Schulz iteration that makes a matrix nearly orthogonal.
///
/// For a matrix with singular value decomposition `U·S·Vᵀ` it gives `U·S′·Vᵀ`, with the values of
/// `S′` between about 0.7 and 1.2: the coefficients are chosen for speed, not for convergence to 1.
/// - Source: Jordan et al., Muon, 2024; five steps of `X ← aX + (bA + cA²)X`, `A = XXᵀ`.
enum NewtonSchulz {
  private static let (a, b, c) = (3.4445, -4.7750, 2.0315)
  private static let steps = 5

  /// Makes each matrix of a batch nearly orthogonal.
  ///
  /// - Shapes: `matrices` and the result `[batch, rows, columns]`.
  /// - DType: computes in the dtype of `matrices`. A zero matrix stays zero.
  static func orthogonalized(_ matrices: Tensor) throws -> Tensor {
    // The products have the size of the shorter side.
    guard matrices.shape[1] <= matrices.shape[2] else {
      return try orthogonalized(matrices.permuted([0, 2, 1])).permuted([0, 2, 1])
    }
    let norms = try matrices.squared().sum([1, 2], keepingDims: true).squareRoot()
    var x = try matrices / norms.clamped(1e-7)
    for _ in 0..<steps {
      let gram = try x.matmul(x.permuted([0, 2, 1]))
      let update = try gram.addingProduct(of: gram, gram, scales: (b, c))
      x = try x.addingProduct(of: update, x, scales: (a, 1))
    }
    return x
  }
}
