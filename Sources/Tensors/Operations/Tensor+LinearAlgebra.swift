import CTorch

/// Decompositions of symmetric matrices.
extension Tensor {
  /// The eigenvalues of a symmetric matrix in ascending order, and its eigenvectors as columns.
  ///
  /// Only the lower triangle is read.
  /// - Shapes: `self` and the vectors `[…, size, size]`, the values `[…, size]`.
  /// - DType: float32 or float64; compute in float64.
  public func symmetricEigen() throws -> (values: Tensor, vectors: Tensor) {
    try makePair("decomposing a symmetric matrix") { ct_eigh(handle, $0, $1, $2) }
  }
  /// The eigenvalues of a symmetric matrix in ascending order; see ``symmetricEigen()``.
  public func symmetricEigenvalues() throws -> Tensor {
    try make("finding eigenvalues", [self]) { ct_eigvalsh(handle, $0, $1) }
  }
  /// The `count` smallest elements along a dimension in ascending order, and their indices.
  ///
  /// The order of equal elements is not defined.
  public func smallest(_ count: Int, dim: Int) throws -> (values: Tensor, indices: Tensor) {
    try makePair("finding the \(count) smallest elements along \(dim)") {
      ct_smallest(handle, Int64(count), Int64(dim), $0, $1, $2)
    }
  }

  private func makePair(
    _ doing: String,
    _ body: (
      UnsafeMutablePointer<ct_tensor?>, UnsafeMutablePointer<ct_tensor?>,
      UnsafeMutablePointer<ct_message>
    ) -> ct_status
  ) throws -> (Tensor, Tensor) {
    var second: ct_tensor?
    let first = try make(doing, [self]) { body($0, &second, $1) }
    guard let second else { preconditionFailure("The C side reported success without a tensor.") }
    return (first, Tensor(owning: second))
  }
}
