import Diagnostics
import DiffusionMath
import FileAccess

extension Tensor {
  /// Standard normal noise with one stream per row of the first dimension.
  ///
  /// Row `i` depends only on `streams[i]`, so it is the same for every batch size and on every
  /// device.
  /// - Shapes: the result is `[streams.count] + rowShape`.
  public static func normal(
    _ streams: [RandomStream], rowShape: [Int], dtype: DType = .float32, device: Device = .cpu
  ) throws -> Tensor {
    let length = rowShape.checkedProduct ?? .max
    // All rows, and the one that is being drawn.
    var values: [Float] = []
    try values.reserve(
      [streams.count + 1, length].checkedProduct ?? .max,
      doing: "drawing noise: \(streams.count) rows of shape \(rowShape)")
    for var stream in streams { values += stream.normals(length) }
    return try Tensor(values, shape: [streams.count] + rowShape, dtype: dtype, device: device)
  }
}
