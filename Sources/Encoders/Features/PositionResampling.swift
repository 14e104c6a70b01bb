import Tensors

/// How a vision transformer's position embeddings are resampled to another grid: bicubic, in one of
/// the variants of published code. The embedding of the class token is not changed.
public struct PositionResampling: Sendable, Equatable {
  /// Whether the filter widens when the grid shrinks.
  public var antialias: Bool
  /// Added to the rows and columns when the grid's step is computed; with 0 the step is the ratio
  /// of the sizes.
  public var offset: Double

  /// Creates a variant from its parts.
  public init(antialias: Bool, offset: Double) {
    self.antialias = antialias
    self.offset = offset
  }

  /// facebookresearch/dinov2 without registers: the step is trained / (wanted + 0.1).
  public static let original = PositionResampling(antialias: false, offset: 0.1)
  /// facebookresearch/dinov2 and Hugging Face with registers; also timm's `resample_abs_pos_embed`
  /// and therefore the teacher of REPA.
  public static let antialiased = PositionResampling(antialias: true, offset: 0)
  /// Hugging Face without registers.
  public static let plain = PositionResampling(antialias: false, offset: 0)

  /// Resamples the embeddings `[1, 1 + side², width]` to a grid: `[1, 1 + rows · columns, width]`.
  func resampled(_ table: Tensor, rows: Int, columns: Int) throws -> Tensor {
    let (count, width) = (table.shape[1] - 1, table.shape[2])
    let side = Int(Double(count).squareRoot())
    if rows == side, columns == side { return table }
    let map = try table.sliced(1, 1..<count + 1).reshaped([1, side, side, width])
      .permuted([0, 3, 1, 2]).to(.float32)
    let scales = [rows, columns].map { (Double($0) + offset) / Double(side) }
    let resized = try map.resized(
      height: rows, width: columns, filter: .bicubic, antialias: antialias,
      scales: offset == 0 ? nil : (scales[0], scales[1]))
    return try .concatenated(
      [table.sliced(1, 0..<1), resized.tokens().to(table.dtype)], dim: 1)
  }
}
