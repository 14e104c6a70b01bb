import Diagnostics
import FileAccess
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

  /// Adds the next item. The first one makes the room for all.
  ///
  /// - Throws: ``PeregrineError`` `.outOfMemory` if the batch does not fit into memory.
  mutating func append(_ item: DatasetItem) throws {
    try append(item.values, to: \.values)
    conditions.append(item.condition)
    try append(item.features ?? [], to: \.features)
    try append(item.picture ?? [], to: \.pictures)
  }

  private mutating func append(
    _ numbers: [Float], to list: WritableKeyPath<HostBatch, [Float]>
  ) throws {
    if self[keyPath: list].isEmpty {
      let room = [indices.count, numbers.count].checkedProduct ?? .max
      let doing = "loading a batch of \(indices.count) items of shape \(itemShape)"
      try self[keyPath: list].reserve(room, doing: doing)
    }
    self[keyPath: list] += numbers
  }
}
