import Tensors

/// Cosine similarity along a dimension, which is kept with size 1.
///
/// Lengths below 1e-12 count as 1e-12, so that a zero vector has a finite gradient.
func cosines(_ a: Tensor, _ b: Tensor, dim: Int) throws -> Tensor {
  let unit = { (vectors: Tensor) in
    try vectors / vectors.squared().sum([dim], keepingDims: true).clamped(1e-24).squareRoot()
  }
  return try (unit(a) * unit(b)).sum([dim], keepingDims: true)
}
