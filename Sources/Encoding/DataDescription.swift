import Datasets
import Diagnostics

/// The description of a run's data, and how its latents are decoded to pictures; stored as `data.json`.
public struct DataDescription: Codable, Equatable, Sendable, CheckedRecord {
  /// The training part.
  public var summary: DatasetSummary
  /// The number of items held out of training; `nil` in records of earlier versions.
  public var heldOut: Int?
  /// The latent space, if items are latents.
  public var latents: LatentSpace?
  /// The cost of computing the teacher features that come with the items, for the accounting of costs.
  public var featureCost: FeatureCost?
  /// The teacher, if there is one.
  public var teacher: TeacherDescription?

  /// Creates a description.
  public init(
    summary: DatasetSummary, latents: LatentSpace? = nil, featureCost: FeatureCost? = nil
  ) {
    self.summary = summary
    self.latents = latents
    self.featureCost = featureCost
  }

  /// Checks the numbers of a description that was read from a file.
  public func check() throws(RecordFlaw) {
    try summary.check(in: "summary")
    if let heldOut { try Bounds.images.check(heldOut, "heldOut") }
    if let teacher { try Bounds.dimension.check(teacher.width, "teacher.width") }
    if let cost = featureCost { try Bounds.images.check(cost.pictures, "featureCost.pictures") }
  }

  /// Rejects items that are not square.
  ///
  /// - Throws: ``PeregrineError`` `.badData`.
  package func requireSquare() throws {
    let shape = summary.itemShape
    guard shape.square != nil else {
      throw PeregrineError(
        .badData, doing: "choosing a model for `\(summary.name)`", found: "items of shape \(shape)",
        expected: "squares, [channels, side, side]", advice: "Crop them with `data.size`.")
    }
  }
}
