import Datasets

/// Facts about a run at its start.
public struct TrainingStart: Sendable {
  /// The number of the network's parameters, including fixed tables.
  public let parameterCount: Int
  /// The training data.
  public let data: DatasetSummary
  /// What people should know about the data.
  public let notices: [String]
  /// The number of images already seen, if the run resumes from a checkpoint.
  public let imagesSeen: Int
  /// The total number of images to be seen.
  public let totalImages: Int
}
