import Diagnostics
import Samples

/// A description of a dataset, for people, for run records and for telling datasets apart.
public struct DatasetSummary: Sendable, Codable, Equatable, CheckedRecord {
  /// A short name, such as the file's prefix or the name of the folder.
  public var name: String
  /// `shapes`, `npy`, `image-folder`, `edm2` or `latent-cache`.
  public var kind: String
  /// The number of items.
  public var count: Int
  /// The shape of every item; pictures have channels, height and width.
  public var itemShape: ItemShape
  /// The name of each class; labels are indices into it.
  public var classNames: [String]
  /// A hash that identifies the dataset: equal for copies, different for other data.
  ///
  /// It covers names, sizes and labels of all files, and samples of big files, but not every byte;
  /// ``files`` does.
  public var fingerprint: String
  /// The teacher's features stored for every item, if any.
  public var features: TeacherFeatures?
  /// Channels, height, width of the picture stored for every latent, if any.
  public var pictureShape: [Int]?
  /// How pictures in files become pixels: the rule for colours and orientation.
  public var decoding: String?
  /// What people should know about the data: files left out, pictures stored turned.
  public var notices: [String]?
  /// The state of the files, in records only; see ``Dataset/recordedSummary(before:)``.
  public var files: FileState?

  /// Creates a summary from its parts.
  public init(
    name: String, kind: String, count: Int, itemShape: ItemShape, classNames: [String],
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

  /// The number of values in one item.
  public var itemSize: Int { itemShape.count }

  /// The conditions that a model of these items can be asked for.
  public var conditions: ConditionShape {
    ConditionShape(classes: classNames.isEmpty ? nil : classNames.count)
  }

  /// The shape of the features stored for every item: `[1 + positions, width]`.
  public var featureShape: [Int]? { features?.shape }

  /// Whether another summary describes the same data: equal fingerprints, and files whose times or
  /// contents are the same, where both are recorded.
  public func isSame(as other: DatasetSummary) -> Bool {
    guard fingerprint == other.fingerprint else { return false }
    guard let files, let others = other.files else { return true }
    return files.agrees(with: others)
  }

  /// Checks the numbers of a summary that was read from a file.
  public func check() throws(RecordFlaw) {
    try Bounds.images.check(count, "count")
    try Bounds.classes.check(classNames.count, "classNames")
    for (place, shape) in [("features.shape", featureShape), ("pictureShape", pictureShape)] {
      if let shape, !ItemShape.isBounded(shape) {
        throw RecordFlaw(
          place, found: "\(shape)", expected: "dimensions of \(Bounds.dimension.words)")
      }
    }
  }

  /// Throws `.badData` for an item that does not match the summary.
  func check(_ item: DatasetItem, doing: String) throws {
    let parts: [(name: String, count: Int?, shape: [Int]?)] = [
      ("", item.values.count, itemShape.dimensions),
      (" of features", item.features?.count, featureShape),
      (" of its picture", item.picture?.count, pictureShape),
      (
        " of standard deviation", item.deviation?.count,
        item.deviation.map { _ in itemShape.dimensions }
      ),
    ]
    for part in parts where part.count != part.shape.map({ $0.reduce(1, *) }) {
      throw PeregrineError(
        .badData, doing: doing, found: "\(part.count ?? 0) numbers\(part.name)",
        expected: part.shape.map { "\($0.reduce(1, *)), as \($0)" } ?? "none")
    }
  }
}
