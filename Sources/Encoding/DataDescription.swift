import Datasets
import Diagnostics

/// What the data of a run is, and how its latents become pictures; kept as `data.json`.
public struct DataDescription: Codable, Equatable, Sendable {
  /// The training part.
  public var summary: DatasetSummary
  /// The way back to pictures, when items are latents.
  public var latents: LatentSpace?
  /// What the teacher's features took that come with the items, for the ledger.
  public var featureCost: FeatureCost?
  /// The network whose features the model is trained with, if any.
  public var teacher: TeacherDescription?

  /// Describes data.
  public init(
    summary: DatasetSummary, latents: LatentSpace? = nil, featureCost: FeatureCost? = nil
  ) {
    self.summary = summary
    self.latents = latents
    self.featureCost = featureCost
  }

  /// Refuses items that are no squares.
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
