import Diagnostics
import Tensors

extension Recipe {
  /// Length, batch size, precision, device and seed of training.
  public struct Training: Codable, Equatable, Sendable {
    /// The total number of images to be seen; 0 takes a number that suits the data, and with it
    /// warm-up, cool-down and schedule where they are not set.
    public var images = 1_000_000
    /// The number of images per optimizer step.
    public var globalBatchSize = 256
    /// The number of images per forward pass; 0 for the whole batch at once. On a CPU,
    /// micro-batches run in parallel, which is faster for small models.
    public var microBatchSize = 0
    /// The dtype of matrix products; weights are kept in float32 (float64 for `float64`). `auto` is
    /// bfloat16 on a GPU and on a CPU that our kernels support, float32 on others.
    public var precision = Precision.bfloat16
    /// `cpu`, `cuda` or `cuda:N`; `auto` is a GPU if the machine has one, and is recorded as what it
    /// was.
    public var device = "auto"
    /// The number of CPU threads, at most as many as the machine has cores; 0 uses all cores.
    public var threads = 0
    /// The seed of everything random, except for the held-out items, their noise and times.
    public var seed: UInt64 = 0
    /// The minimum time of a step in seconds. Faster steps sleep until it has passed, so that a
    /// shared machine is free for others.
    public var leastStepSeconds = 0.0

    /// The precision that a network computes in.
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
      Self.rule("training.images", training.images, .images),
      Self.rule("training.global_batch_size", training.globalBatchSize, .batch),
      (
        "training.micro_batch_size", micro,
        micro >= 0 && (micro == 0 || training.globalBatchSize % micro == 0),
        "0, or a divisor of the global batch size \(training.globalBatchSize)"
      ),
      Self.rule("training.least_step_seconds", training.leastStepSeconds, Bounds(0...3_600)),
      Self.rule("training.threads", training.threads, .threads.from(0)),
    ]
  }
}
