/// What a dataset is, for people, for run records and for telling two datasets apart.
public struct DatasetSummary: Sendable, Codable, Equatable {
  /// A short name, such as the file's prefix or the folder's name.
  public var name: String
  /// `shapes`, `npy`, `image-folder`, `edm2` or `latent-cache`.
  public var kind: String
  /// How many items.
  public var count: Int
  /// Channels, height, width of every item.
  public var itemShape: [Int]
  /// The name of each class; labels are indices into it.
  public var classNames: [String]
  /// A hash of what the dataset is: equal for copies, different for other or changed data.
  ///
  /// Covers names, sizes and labels of all files, and samples of big ones; not every byte.
  public var fingerprint: String

  /// A summary from its parts.
  public init(
    name: String, kind: String, count: Int, itemShape: [Int], classNames: [String],
    fingerprint: String
  ) {
    self.name = name
    self.kind = kind
    self.count = count
    self.itemShape = itemShape
    self.classNames = classNames
    self.fingerprint = fingerprint
  }

  /// How many numbers one item has.
  public var itemSize: Int { itemShape.reduce(1, *) }
}
