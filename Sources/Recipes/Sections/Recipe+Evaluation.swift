import Diagnostics
import Evaluation

extension Recipe {
  /// The scores measured during training, of pictures drawn with the averaged weights.
  public struct EvaluationSettings: Codable, Equatable, Sendable {
    /// The reference: a dataset, a folder of pictures, or an `.npz`.
    public var against = ""
    /// The side that reference pictures are cropped to; 0 keeps their size.
    public var size = 0
    /// The scores, such as `kid` and `fd`.
    public var metrics = [Metric.kid]
    /// The feature network, such as `mobilenet-v2@128`.
    public var features = ""
    /// The file with the feature network's weights.
    public var weights = ""
    /// The folder where features are kept; empty for the user's cache.
    public var cache = ""
    /// The number of pictures drawn for each evaluation.
    public var count = 1_000
    /// The classes of the pictures.
    public var labels = LabelPolicy.balanced
    /// The seed of noise and classes, the same at each evaluation.
    public var seed: UInt64 = 0
    /// The number of pictures per block of the kernel distance; 0 for 1,000, or fewer if that is
    /// needed for five blocks.
    public var blockSize = 0
    /// The size of the smallest subset of pictures for `fd_infinity`.
    public var smallestSubset = 5_000
    /// Whether distances are measured even with fewer pictures than twice the features' width.
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
      Self.rule("evaluation.count", evaluation.count, .pictures),
      Self.rule("evaluation.size", evaluation.size, .side.from(0)),
      Self.rule("evaluation.block_size", evaluation.blockSize, .pictures.from(0)),
      Self.rule("evaluation.smallest_subset", evaluation.smallestSubset, .pictures.from(2)),
    ] + evaluation.sampler.rules(at: "evaluation.sampler")
  }
}
