import Datasets

/// The facts of a run at its start.
public struct TrainingStart: Sendable {
  /// Parameters of the network, fixed tables included.
  public let parameterCount: Int
  /// What it learns from.
  public let data: DatasetSummary
  /// The images seen before, when the run goes on from a checkpoint.
  public let imagesSeen: Int
  /// The images to be seen in all.
  public let totalImages: Int
}
