import Encoders
import Foundation
import Nets
import Pictures
import Synchronization
import Tensors

/// A feature network without weights: its features are fixed combinations of the mean colours of
/// 4x4 cells.
///
/// Each picture is computed separately in plain Swift, so that its features are the same bit for
/// bit in any batch. The network counts the pictures that it has processed.
public final class PlainFeatureNetwork: FeatureNetwork {
  /// Computes `width` features from the 48 mean colours of a picture, 0…1.
  public typealias Mixing = @Sendable (_ cells: [Double], _ width: Int) -> [Double]

  /// `plain`.
  public let name = "plain"
  /// Pictures without resizing.
  public let input = PictureInput(.none, mean: [0, 0, 0], deviation: [255, 255, 255])
  /// The outputs with their widths, all computed in the same way.
  public let outputs: [FeatureOutput: Int]
  /// No parameters.
  public let members: [Member] = []
  /// The number of pictures processed.
  public var pictureCount: Int { shown.withLock { $0 } }

  private let mixing: Mixing
  private let shown = Mutex(0)

  /// Creates a network with the given outputs and widths.
  public init(
    outputs: [FeatureOutput: Int] = [.pooled: 16, .spatial: 12, .logits: 8],
    _ mixing: @escaping Mixing = PlainFeatureNetwork.mixture
  ) {
    self.outputs = outputs
    self.mixing = mixing
  }

  /// Weighted sums of all cells, with different weights for each feature.
  public static func mixture(_ cells: [Double], _ width: Int) -> [Double] {
    (0..<width).map { feature in
      cells.enumerated().reduce(0) { $0 + $1.element * sin(Double(3 * $1.offset * (feature + 1))) }
    }
  }

  /// Floating-point operations are not counted.
  public func forwardFLOPs(_ wanted: Set<FeatureOutput>, height: Int, width: Int) -> Double { 0 }

  /// The features of a batch.
  public func features(_ batch: Tensor, _ wanted: Set<FeatureOutput>) throws
    -> [FeatureOutput: Tensor]
  {
    let count = batch.shape[0]
    shown.withLock { $0 += count }
    let values = try batch.scalars(Float.self)
    let size = values.count / count
    let cells = (0..<count).map {
      Self.cells(values[$0 * size..<($0 + 1) * size], batch.shape[2], batch.shape[3])
    }
    var results: [FeatureOutput: Tensor] = [:]
    for output in wanted {
      guard let width = outputs[output] else { continue }
      let rows = cells.flatMap { mixing($0, width) }
      results[output] = try Tensor(rows, shape: [count, width], dtype: .float32)
    }
    return results
  }

  /// The mean of each channel in each of the 4x4 cells.
  private static func cells(_ values: ArraySlice<Float>, _ height: Int, _ width: Int) -> [Double] {
    var sums = [Double](repeating: 0, count: 48)
    for (offset, value) in values.enumerated() {
      let (plane, place) = offset.quotientAndRemainder(dividingBy: height * width)
      let (row, column) = place.quotientAndRemainder(dividingBy: width)
      let cell = 4 * (4 * row / height) + 4 * column / width
      sums[16 * plane + cell] += Double(value)
    }
    return sums.map { $0 * 16 / Double(height * width) }
  }
}
