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
