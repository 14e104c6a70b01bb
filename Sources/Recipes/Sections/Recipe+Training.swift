import Tensors

extension Recipe {
  /// How long, on what, in which numbers.
  public struct Training: Codable, Equatable, Sendable {
    /// How many images are seen in all.
    public var images = 1_000_000
    /// Images per optimizer step.
    public var globalBatchSize = 256
    /// Images per forward pass; 0 takes the whole batch at once. On a CPU, micro-batches run side by
    /// side, which is faster for small models.
    public var microBatchSize = 0
    /// The dtype of matrix products; weights are kept in float32 (float64 for `float64`).
    public var precision = Precision.bfloat16
    /// `cpu`, `cuda` or `cuda:N`.
    public var device = "cpu"
    /// CPU threads; 0 takes all cores.
    public var threads = 0
    /// Keys all randomness but the choice of what is held out.
    public var seed: UInt64 = 0
    /// The least time of a step: faster ones rest for what is left, which leaves a shared machine to others.
    public var leastStepSeconds = 0.0

    /// The numbers that a network computes in.
    public enum Precision: String, CaseIterable, Codable, Sendable {
      case bfloat16, float32, float64
    }
    enum CodingKeys: String, CodingKey {
      case images
      case globalBatchSize = "global_batch_size"
      case microBatchSize = "micro_batch_size"
      case precision, device, threads, seed
      case leastStepSeconds = "least_step_seconds"
    }

    static let accepted: [String: Accepted] = [
      "precision": .cases(of: Precision.self)
    ]
  }

  /// The dtype of weights, moments and data.
  package var masterDType: DType { training.precision == .float64 ? .float64 : .float32 }

  /// The dtype of matrix products.
  package var computationDType: DType {
    switch training.precision {
    case .bfloat16: .bfloat16
    case .float32: .float32
    case .float64: .float64
    }
  }

  var trainingRules: [Rule] {
    let micro = training.microBatchSize
    return [
      ("training.images", training.images, training.images > 0, "at least 1"),
      (
        "training.global_batch_size", training.globalBatchSize, training.globalBatchSize > 0,
        "at least 1"
      ),
      (
        "training.micro_batch_size", micro,
        micro >= 0 && (micro == 0 || training.globalBatchSize % micro == 0),
        "0, or a divisor of the global batch size \(training.globalBatchSize)"
      ),
      (
        "training.least_step_seconds", training.leastStepSeconds,
        training.leastStepSeconds >= 0 && training.leastStepSeconds.isFinite, "0 or more"
      ),
      ("training.threads", training.threads, training.threads >= 0, "0 or more"),
    ]
  }
}
