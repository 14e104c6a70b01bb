import Evaluation

extension Recipe {
  /// The scores measured during training, of pictures drawn with the averaged weights.
  public struct EvaluationSettings: Codable, Equatable, Sendable {
    /// What pictures are compared with: a dataset, a folder, or an `.npz`.
    public var against = ""
    /// The side that the reference's pictures are cropped to; 0 keeps them as they are.
    public var size = 0
    /// The scores, such as `kid` and `fd`.
    public var metrics = [Metric.kid]
    /// The feature network: `mobilenet-v2@128`.
    public var features = ""
    /// The file of its weights.
    public var weights = ""
    /// The folder that features are kept in; empty for the user's cache.
    public var cache = ""
    /// Pictures drawn for each evaluation.
    public var count = 1_000
    /// Which classes they are asked for.
    public var labels = LabelPolicy.balanced
    /// The seed of their noise and classes; the same pictures each time.
    public var seed: UInt64 = 0
    /// Pictures per block of the kernel distance; 0 for 1,000, or so few that there are five blocks.
    public var blockSize = 0
    /// The fewest pictures of a subset for `fd_infinity`.
    public var smallestSubset = 5_000
    /// Whether distances of fewer pictures than twice the features' width are measured all the same.
    public var allowFewSamples = false
    /// How the pictures are drawn.
    public var sampler = SamplerSettings()
    enum CodingKeys: String, CodingKey {
      case against, size, metrics, features, weights, cache, count, labels, seed
      case blockSize = "block_size"
      case smallestSubset = "smallest_subset"
      case allowFewSamples = "allow_few_samples"
      case sampler
    }

    static let accepted: [String: Accepted] = [
      "metrics": .cases(of: Metric.self),
      "labels": .cases(of: LabelPolicy.self),
    ]
  }

  var evaluationRules: [Rule] {
    [
      (
        "evaluation.against", evaluation.against,
        schedule.evaluateEveryImages == 0 || !evaluation.against.isEmpty,
        "a reference, because `schedule.evaluate_every_images` is set"
      ),
      ("evaluation.count", evaluation.count, evaluation.count > 0, "at least 1"),
      ("evaluation.block_size", evaluation.blockSize, evaluation.blockSize >= 0, "0 or more"),
    ] + evaluation.sampler.rules(at: "evaluation.sampler")
  }
}
