import DiffusionMath
import FileAccess
import Pictures
import Samples

/// One item: its values, what it is, and what a teacher needs.
public struct DatasetItem: Sendable, Equatable {
  /// Channels, rows, columns, row-major; bytes of pictures as `v / 127.5 - 1`.
  public var values: [Float]
  /// What the item is; its label is an index into ``DatasetSummary/classNames``.
  public var condition: Condition
  /// The teacher's features of the picture: `[1 + positions, width]`, class token first, row-major.
  public var features: [Float]?
  /// The picture that a latent was encoded from: channels, rows, columns, as `v / 127.5 - 1`.
  public var picture: [Float]?
  /// The standard deviation of each value, if the item is a posterior and its values are means.
  public var deviation: [Float]?

  /// Creates an item from its parts.
  public init(
    values: [Float], condition: Condition, features: [Float]? = nil, picture: [Float]? = nil,
    deviation: [Float]? = nil
  ) {
    self.values = values
    self.condition = condition
    self.features = features
    self.picture = picture
    self.deviation = deviation
  }

  /// The item with values drawn from its posterior: mean + standard deviation · noise. Items without
  /// deviations are returned unchanged.
  public func drawn(seed: UInt64, purpose: String, index: Int) -> DatasetItem {
    guard let deviation else { return self }
    var stream = RandomStream(seed: seed, purpose: purpose, index: UInt64(index))
    var item = self
    item.deviation = nil
    for (place, noise) in stream.normals(values.count).enumerated() {
      item.values[place] += deviation[place] * noise
    }
    return item
  }

  /// Creates an item from a picture.
  ///
  /// - Parameter channels: 3, or 1 to keep only the red channel of a grey picture.
  /// - Throws: ``PeregrineError`` `.outOfMemory` if its values do not fit into memory.
  public init(
    picture: Picture, condition: Condition, mirrored: Bool, channels: Int = 3
  ) throws {
    let width = picture.width
    let plane = width * picture.height
    let values = try [Float](
      count: channels * plane,
      doing: "converting a picture of \(width)x\(picture.height) pixels to numbers"
    ) { target in
      picture.pixels.withUnsafeBufferPointer { source in
        for row in 0..<picture.height {
          for column in 0..<width {
            let from = 3 * (row * width + (mirrored ? width - 1 - column : column))
            for channel in 0..<channels {
              target[channel * plane + row * width + column] =
                Float(source[from + channel]) / 127.5 - 1
            }
          }
        }
      }
    }
    self.init(values: values, condition: condition)
  }
}
