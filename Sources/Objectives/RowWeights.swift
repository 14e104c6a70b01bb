import Tensors

/// Turns one number per row into a tensor that broadcasts over each row.
package struct RowWeights {
  private let shape: [Int]
  private let dtype: DType
  private let device: Device

  /// Creates weights for `count` rows of tensors with the rank, dtype and device of `tensor`.
  package init(_ count: Int, like tensor: Tensor) {
    shape = [count] + [Int](repeating: 1, count: tensor.shape.count - 1)
    dtype = tensor.dtype
    device = tensor.device
  }

  package func column(_ values: [Double]) throws -> Tensor {
    try Tensor(values, shape: shape, dtype: dtype, device: device)
  }
}
