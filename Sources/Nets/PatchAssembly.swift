import Tensors

extension Tensor {
  /// Puts the tokens of a square state's patches back in their places.
  ///
  /// - Shapes: `self` `[batch, (side/patch)², patch·patch·channels]`, a token laid out (row in patch,
  ///   column in patch, channel); result `[batch, channels, side, side]`.
  public func assemblingPatches(channels: Int, patch: Int, side: Int) throws -> Tensor {
    let grid = side / patch
    // b (y x) (p q c) -> b c (y p) (x q)
    return try reshaped([-1, grid, grid, patch, patch, channels])
      .permuted([0, 5, 1, 3, 2, 4])
      .reshaped([-1, channels, side, side])
  }
}
