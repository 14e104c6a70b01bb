import Diagnostics
import Tensors

extension Tensor {
  /// Cuts a batch of states into square patches, row by row.
  ///
  /// - Shapes: `self` `[batch, channels, height, width]`; result `[batch, patches, values]`, with
  ///   the values of a patch ordered by (channel, row in patch, column in patch).
  /// - Throws: ``PeregrineError`` `.shapeMismatch` when the sides are not multiples of the patch.
  public func cutIntoPatches(_ patch: Int) throws -> Tensor {
    let (batch, channels, height, width) = (shape[0], shape[1], shape[2], shape[3])
    guard height % patch == 0, width % patch == 0 else {
      throw PeregrineError(
        .shapeMismatch, doing: "cutting \(shape) into patches of \(patch)",
        found: "sides \(height) x \(width)", expected: "multiples of \(patch)")
    }
    let (rows, columns) = (height / patch, width / patch)
    // b c (y p) (x q) -> b (y x) (c p q)
    return try reshaped([batch, channels, rows, patch, columns, patch])
      .permuted([0, 2, 4, 1, 3, 5])
      .reshaped([batch, rows * columns, channels * patch * patch])
  }

  /// Reassembles a square state from the patches of its tokens.
  ///
  /// - Shapes: `self` `[batch, (side/patch)², patch·patch·channels]`, with the values of a token
  ///   ordered by (row in patch, column in patch, channel); result `[batch, channels, side, side]`.
  public func assemblingPatches(channels: Int, patch: Int, side: Int) throws -> Tensor {
    let grid = side / patch
    // b (y x) (p q c) -> b c (y p) (x q)
    return try reshaped([-1, grid, grid, patch, patch, channels])
      .permuted([0, 5, 1, 3, 2, 4])
      .reshaped([-1, channels, side, side])
  }
}
