import Foundation
import Tensors

/// Rotations that encode the positions of a square grid in queries and keys (2-D axial RoPE).
///
/// The first half of a head's channels is rotated by the row, the second by the column. Channels
/// are paired as (0,1), (2,3), …; pair `i` of a half is rotated by `position · 10000^(−i/(d/4))`.
/// - Source: RoFormer, arXiv 2104.09864, eq. (34), applied per axis as in EVA-02 and SR-DiT.
public struct RotaryTable {
  /// Cosines and sines: `[tokens, head width]` each, or `[batch, 1, tokens, head width]` when rows of
  /// the batch hold different tokens.
  public let cosines, sines: Tensor

  /// The rotations of a `side` × `side` grid, row by row.
  public init(side: Int, headWidth: Int, dtype: DType = .float32, device: Device = .cpu) throws {
    let angles = Self.angles(side: side, headWidth: headWidth)
    let shape = [side * side, headWidth]
    cosines = try Tensor(angles.map { cos($0) }, shape: shape, dtype: dtype, device: device)
    sines = try Tensor(angles.map { sin($0) }, shape: shape, dtype: dtype, device: device)
  }

  /// Rotations with the given cosines and sines, of equal shape.
  public init(cosines: Tensor, sines: Tensor) {
    self.cosines = cosines
    self.sines = sines
  }

  /// The angle of every token and channel, `[side², head width]` in C order.
  static func angles(side: Int, headWidth: Int) -> [Float] {
    let half = headWidth / 2
    let frequencies = (0..<half / 2).map { Float(pow(10_000, -Double($0) / Double(half / 2))) }
    var angles: [Float] = []
    for row in 0..<side {
      for column in 0..<side {
        for position in [Float(row), Float(column)] {
          angles += frequencies.flatMap { [position * $0, position * $0] }
        }
      }
    }
    return angles
  }

  /// The table preceded by `count` tokens that are not rotated, such as a class token.
  public func prepending(unturned count: Int) throws -> RotaryTable {
    let shape = [count, cosines.shape[1]]
    let (dtype, device) = (cosines.dtype, cosines.device)
    return try RotaryTable(
      cosines: .concatenated([.ones(shape, dtype: dtype, device: device), cosines], dim: 0),
      sines: .concatenated([.zeros(shape, dtype: dtype, device: device), sines], dim: 0))
  }

  /// The rotations of the tokens in each row of a batch.
  ///
  /// - Shapes: `positions` `[batch, tokens]` int64, indices into this table of a whole sequence.
  public func gathered(at positions: Tensor) throws -> RotaryTable {
    let indices = try positions.reshaped([-1])
    let shape = [positions.shape[0], 1, positions.shape[1], cosines.shape[1]]
    return try RotaryTable(
      cosines: cosines.selecting(0, indices).reshaped(shape),
      sines: sines.selecting(0, indices).reshaped(shape))
  }

  /// Rotates queries or keys `[batch, heads, tokens, head width]`.
  public func rotate(_ x: Tensor) throws -> Tensor {
    try x.rotated(cosines: cosines, sines: sines)
  }
}
