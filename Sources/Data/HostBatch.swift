/// One batch in host memory.
public struct HostBatch: Sendable, Equatable {
  /// Batch, channels, rows, columns, row-major.
  public var values: [Float]
  /// The class of each item.
  public var labels: [Int]
  /// The number of the batch's first image, counted from the start of the run.
  public var firstImage: Int
  /// Which item of the dataset each one is.
  public var indices: [Int]
  /// Channels, height, width.
  public var itemShape: [Int]
}
