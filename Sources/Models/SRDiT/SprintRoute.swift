import Tensors

/// What the middle blocks of a backbone with SPRINT see in one forward pass.
public enum SprintRoute {
  /// Every token, as in sampling.
  case dense
  /// The tokens at these `[batch, kept]` int64 positions, in any order; class token included.
  case kept(Tensor)
  /// Nothing: the middle blocks do not run, and mask tokens stand for their result.
  case dropped

  /// The route of some rows of the batch.
  func of(_ rows: BatchRows) throws -> SprintRoute {
    guard case .kept(let positions) = self else { return self }
    return try .kept(rows.of(positions))
  }
}
