import Diagnostics

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
  /// The teacher's features that come with every item, if any do.
  public var features: TeacherFeatures?
  /// Channels, height, width of the picture that comes with every latent, if one does.
  public var pictureShape: [Int]?

  /// A summary from its parts.
  public init(
    name: String, kind: String, count: Int, itemShape: [Int], classNames: [String],
    fingerprint: String, features: TeacherFeatures? = nil, pictureShape: [Int]? = nil
  ) {
    self.name = name
    self.kind = kind
    self.count = count
    self.itemShape = itemShape
    self.classNames = classNames
    self.fingerprint = fingerprint
    self.features = features
    self.pictureShape = pictureShape
  }

  /// How many numbers one item has.
  public var itemSize: Int { itemShape.reduce(1, *) }

  /// The shape of the features that come with every item: `[1 + places, width]`.
  public var featureShape: [Int]? { features?.shape }

  /// Throws `.badData` for an item that is not as the summary says.
  func check(_ item: DatasetItem, doing: String) throws {
    let parts: [(name: String, count: Int?, shape: [Int]?)] = [
      ("", item.values.count, itemShape), (" of features", item.features?.count, featureShape),
      (" of its picture", item.picture?.count, pictureShape),
    ]
    for part in parts where part.count != part.shape.map({ $0.reduce(1, *) }) {
      throw PeregrineError(
        .badData, doing: doing, found: "\(part.count ?? 0) numbers\(part.name)",
        expected: part.shape.map { "\($0.reduce(1, *)), as \($0)" } ?? "none")
    }
  }
}
