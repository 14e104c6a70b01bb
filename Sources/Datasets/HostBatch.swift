import Samples

/// One batch in host memory.
public struct HostBatch: Sendable, Equatable {
  /// Batch, channels, rows, columns, row-major.
  public var values: [Float]
  /// What each item is.
  public var conditions: [Condition]
  /// The teacher's features, `[batch, 1 + positions, width]`; empty when the data has none.
  public var features: [Float] = []
  /// The pictures that the latents were encoded from, `[batch, channels, rows, columns]`; empty
  /// when the data has none.
  public var pictures: [Float] = []
  /// The number of the batch's first image, counted from the start of the run.
  public var firstImage: Int
  /// The index in the dataset of each item.
  public var indices: [Int]
  /// The shape of one item.
  public var itemShape: ItemShape

  /// Creates an empty batch.
  init(firstImage: Int, indices: [Int], itemShape: ItemShape) {
    values = []
    conditions = []
    self.firstImage = firstImage
    self.indices = indices
    self.itemShape = itemShape
  }

  /// Adds the next item.
  mutating func append(_ item: DatasetItem) {
    values += item.values
    conditions.append(item.condition)
    features += item.features ?? []
    pictures += item.picture ?? []
  }
}
