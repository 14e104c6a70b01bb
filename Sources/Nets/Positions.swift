import Foundation
import Tensors

/// Fixed sin-cos embeddings of the positions of a square grid.
///
/// - Source: DiT, arXiv 2212.09748; the first half of the channels encodes the **column**, the second
///   the row. Each half is `sin(p·ω)` then `cos(p·ω)`, `ω_i = 10000^(−i/(width/4))`.
public enum SinCosPositions {
  /// The table `[side², width]` in C order, built in float64.
  public static func table(side: Int, width: Int) -> [Float] {
    let quarter = width / 4
    let frequencies = (0..<quarter).map { pow(10_000, -Double($0) / Double(quarter)) }
    var values: [Float] = []
    values.reserveCapacity(side * side * width)
    for row in 0..<side {
      for column in 0..<side {
        for position in [Double(column), Double(row)] {
          values += frequencies.map { Float(sin(position * $0)) }
          values += frequencies.map { Float(cos(position * $0)) }
        }
      }
    }
    return values
  }
}

/// Rotations that encode the positions of a square grid in queries and keys (2-D axial RoPE).
///
/// The first half of a head's channels turns by the row, the second by the column; channels pair up
/// as (0,1), (2,3), …; pair `i` of a half turns by `position · 10000^(−i/(d/4))`.
/// - Source: RoFormer, arXiv 2104.09864, eq. (34), applied per axis as in EVA-02 and SR-DiT.
public struct RotaryTable {
  /// Cosines and sines, `[tokens, head width]` each.
  public let cosines, sines: Tensor

  /// The rotations of a `side` × `side` grid, row by row.
  public init(side: Int, headWidth: Int, dtype: DType = .float32, device: Device = .cpu) throws {
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
    let shape = [side * side, headWidth]
    cosines = try Tensor(angles.map { cos($0) }, shape: shape, dtype: dtype, device: device)
    sines = try Tensor(angles.map { sin($0) }, shape: shape, dtype: dtype, device: device)
  }

  /// Turns queries or keys `[batch, heads, tokens, head width]`.
  public func rotate(_ x: Tensor) throws -> Tensor {
    let pairs = try x.reshaped(Array(x.shape.dropLast()) + [x.shape[x.shape.count - 1] / 2, 2])
    let (first, second) = (try pairs.sliced(-1, 0..<1), try pairs.sliced(-1, 1..<2))
    let turned = try Tensor.concatenated([-second, first], dim: -1).reshaped(x.shape)
    return try x * cosines.to(x.dtype) + turned * sines.to(x.dtype)
  }
}
