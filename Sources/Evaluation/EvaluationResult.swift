import Datasets
import Encoders
import FileAccess
import Foundation
import Pictures
import Scores
import Tensors

/// The scores of a set of pictures, with figures that explain them.
public struct EvaluationResult {
  /// The scores with their protocols.
  public let record: ScoreRecord
  /// The scored pictures.
  public let pictures: any PictureDataset
  /// The number of scored pictures.
  public let count: Int
  /// The Fréchet distance for growing numbers of pictures, if requested.
  public let extrapolation: FrechetExtrapolation?
  private let evaluator: Evaluator

  init(
    record: ScoreRecord, pictures: any PictureDataset, count: Int,
    extrapolation: FrechetExtrapolation?, evaluator: Evaluator
  ) {
    self.record = record
    self.pictures = pictures
    self.count = count
    self.extrapolation = extrapolation
    self.evaluator = evaluator
  }

  /// The reference's name.
  public var referenceName: String { evaluator.reference.name }

  /// A file name: the number of pictures, the reference, the feature network, and a hash that
  /// distinguishes pictures, scores and protocols.
  public var fileName: String {
    let facts = record.scores.map { score in
      let fields = score.protocolRecord.fields.map { "\($0.name)=\($0.value)" }
      return ([score.name.rawValue] + fields).joined(separator: "\n")
    }
    let identity = ([record.subject["content"] ?? ""] + facts).joined(separator: "\n\n")
    let digest = sha256(of: Data(identity.utf8)).prefix(6)
    let network = (evaluator.network.map { "-\($0.network.name)" } ?? "") + "-\(digest)"
    return "\(count)-against-\(referenceName)\(network)".map {
      $0.isLetter || $0.isNumber || "-_.".contains($0) ? String($0) : "-"
    }.joined()
  }

  // MARK: Pictures

  /// A grid of scored pictures, evenly spread over the set.
  public func grid() throws -> Picture { try Self.grid(pictures, count) }

  /// A grid of equally many reference pictures; `nil` when the reference has none.
  public func referenceGrid() throws -> Picture? {
    try evaluator.reference.pictures.map { try Self.grid($0, $0.summary.count) }
  }

  private static let shownPictures = 64

  private static func grid(_ pictures: any PictureDataset, _ count: Int) throws -> Picture {
    let shown = min(shownPictures, count)
    return try Picture.grid(
      (0..<shown).map { try pictures.picture(at: $0 * count / shown) },
      columns: max(1, Int(Double(shown).squareRoot().rounded(.up))))
  }

  // MARK: Neighbours

  /// The scored pictures that are nearest to a picture of which they might be copies.
  public struct Neighbours {
    /// A picture with its nearest pictures, nearest first.
    public struct Row {
      /// The scored picture.
      public let picture: Picture
      /// The nearest pictures and their distances in feature space.
      public let nearest: [(picture: Picture, distance: Double)]
    }
    /// The scored pictures with the smallest distances, nearest first.
    public let closest: [Row]
    /// A summary of all distances, in a sentence.
    public let summary: String
  }

  private static let shownRows = 12
  private static let shownNeighbours = 5
  /// Larger sets are not searched, since it would take hours.
  static let mostNeighbourPictures = 200_000
  /// The number of pictures whose distances represent the distances within the set.
  private static let ownDistances = 2_000

  /// Nearest neighbours by Euclidean distance of pooled features; `nil` without a network, or
  /// without pictures to search.
  ///
  /// If a model copies, scored pictures are nearer to training pictures than training pictures are
  /// to each other.
  public func neighbours() throws -> Neighbours? {
    guard let places = evaluator.neighbourPictures ?? evaluator.reference.pictures,
      places.summary.count <= Self.mostNeighbourPictures, places.summary.count > 1,
      let own = try pooled(pictures, count),
      let theirs = try pooled(places, places.summary.count)
    else { return nil }
    let shown = min(Self.shownNeighbours, theirs.shape[0])
    let found = try NearestNeighbours(of: own, among: theirs, count: shown)
    let some = try Self.spread(theirs, Self.ownDistances)
    // The nearest one is the picture itself.
    let among = try NearestNeighbours(of: some, among: theirs, count: 2)
      .distances.sliced(1, 1..<2).scalars(Double.self)
    let indices = try found.indices.scalars(Int64.self)
    let distances = try found.distances.scalars(Double.self)
    let nearest = (0..<count).map { distances[$0 * shown] }
    let closest = try nearest.indices.sorted { nearest[$0] < nearest[$1] }.prefix(Self.shownRows)
      .map { index in
        Neighbours.Row(
          picture: try pictures.picture(at: index),
          nearest: try (index * shown..<(index + 1) * shown).map {
            (try places.picture(at: Int(indices[$0])), distances[$0])
          })
      }
    return Neighbours(
      closest: Array(closest),
      summary: Self.summary(nearest, among: among, name: places.summary.name))
  }

  private static func summary(_ distances: [Double], among: [Double], name: String) -> String {
    func quantile(_ values: [Double], _ share: Double) -> Double {
      let sorted = values.sorted()
      return sorted.isEmpty ? .nan : sorted[Int(share * Double(sorted.count - 1))]
    }
    let (scored, own) = (quantile(distances, 0.5), quantile(among, 0.5))
    let near = quantile(among, 0.01)
    let copies = Double(distances.count { $0 < near }) / Double(distances.count)
    return String(
      format:
        "The median distance of a scored picture to the nearest one of %@ is %.2f; of pictures "
        + "of that set to each other %.2f. %.1f %% of the scored pictures are nearer than 99 %% of that "
        + "set's pictures are to each other: far more than 1 %% would mean copies.", name, scored,
      own,
      100 * copies)
  }

  private func pooled(_ pictures: any PictureDataset, _ count: Int) throws -> Tensor? {
    guard let network = evaluator.network, network.network.outputs[.pooled] != nil else {
      return nil
    }
    var extraction = try FeatureExtraction(pictures, network, cache: evaluator.cache)
    extraction.warn = evaluator.warn
    try extraction.extract([.pooled], count: count) { _, _ in true }
    return try extraction.features(.pooled, count: count)
  }

  // MARK: The plane of features

  /// Points in a plane.
  public typealias Points = [(x: Double, y: Double)]

  private static let shownPoints = 600

  /// Features of both sets, projected on the reference's first two principal components; `nil`
  /// without features.
  public func map() throws -> (reference: Points, scored: Points)? {
    guard let reference = evaluator.reference.pictures,
      reference.summary.count <= Self.mostNeighbourPictures, let own = try pooled(pictures, count),
      let theirs = try pooled(reference, reference.summary.count), theirs.shape[1] > 1
    else { return nil }
    let statistics = try GaussianStatistics(of: theirs)
    let vectors = try statistics.covariance.symmetricEigen().vectors
    let width = theirs.shape[1]
    let plane = try vectors.sliced(1, width - 2..<width)
    func points(_ features: Tensor) throws -> Points {
      let some = try Self.spread(features, Self.shownPoints).to(.float64)
      let flat = try (some - statistics.mean).matmul(plane).scalars(Double.self)
      return (0..<some.shape[0]).map { (x: flat[2 * $0 + 1], y: flat[2 * $0]) }
    }
    return (try points(theirs), try points(own))
  }

  /// At most this many rows, evenly spread.
  private static func spread(_ features: Tensor, _ most: Int) throws -> Tensor {
    let rows = features.shape[0]
    let count = min(most, rows)
    let places = (0..<count).map { Int64($0 * rows / count) }
    return try features.selecting(0, Tensor(places, shape: [count]))
  }
}
