import Diagnostics
import Tensors

/// How far a network's projected tokens point away from a teacher's: the negative cosine, mean over all
/// tokens.
///
/// - Shapes: both `[batch, tokens, teacher width]`, token for token; result one element in [−1, 1].
/// - Source: REPA, arXiv 2410.06940; lengths below 1e-12 count as 1e-12.
/// - Throws: ``PeregrineError`` `.shapeMismatch` when the shapes differ.
public func alignmentLoss(projected: Tensor, teacher: Tensor) throws -> Tensor {
  guard projected.shape == teacher.shape else {
    throw PeregrineError(
      .shapeMismatch, doing: "comparing projected tokens with the teacher's",
      found: "\(projected.shape) and \(teacher.shape)", expected: "the same shape",
      advice: "The teacher has another width or grid than the model was built for.")
  }
  let cosines = try (unit(projected) * unit(teacher)).sum([-1])
  return try -cosines.mean()
}

/// Vectors of length one along the last dimension.
private func unit(_ vectors: Tensor) throws -> Tensor {
  try vectors
    / vectors.squared().sum([-1], keepingDims: true).clamped(1e-24).squareRoot()
}
