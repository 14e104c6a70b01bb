import DiffusionMath
import Tensors

/// Draws several noise candidates for each row and takes the one nearest to the row's data.
///
/// Paths between data and noise that are near each other cross fewer other paths. With one
/// candidate this is plain noise.
/// - Shapes: `clean` and the result `[batch, …]`.
/// - Source: immiscible diffusion, arXiv 2406.12303, as simplified in SR-DiT's later steps: the nearest
///   (L2) of 8 candidates, chosen for each item separately.
func nearestNoise(to clean: Tensor, _ streams: [RandomStream], candidates: Int) throws -> Tensor {
  let itemShape = Array(clean.shape.dropFirst())
  guard candidates > 1 else {
    return try Tensor.normal(
      streams, rowShape: itemShape, dtype: clean.dtype, device: clean.device)
  }
  let count = itemShape.reduce(1, *)
  let draws = try Tensor.normal(
    streams, rowShape: [candidates, count], dtype: clean.dtype, device: clean.device)
  let data = try clean.reshaped([streams.count, 1, count])
  let nearest = try (-(draws - data).squared().sum([2])).indexOfMaximum(1)
  let places = try nearest.reshaped([streams.count, 1, 1]).expanded([streams.count, 1, count])
  return try draws.gathered(1, places).reshaped(clean.shape)
}
