import DiffusionMath
import Models
import Samples
import Tensors

/// A request for samples.
///
/// Sample `i` only depends on the seed, its index and its condition, not on what else is drawn with it.
public struct SampleRequest {
  /// The condition of each sample.
  public var conditions: [Condition]
  /// The index of each sample in the sequence that the seed defines.
  public var indices: [Int]
  /// The source of random numbers.
  public var noise: any NoiseSource
  /// The device of the backbone.
  public var device: Device
  /// Decides what is computed at each evaluation; `nil` computes everything.
  public var policy: (any StepPolicy)?

  /// Creates a request whose noise is drawn from a seed.
  public init(
    _ conditions: [Condition], indices: [Int], seed: UInt64, device: Device,
    policy: (any StepPolicy)? = nil
  ) {
    self.init(
      conditions, indices: indices, noise: Draws(.sampling, seed: seed), device: device,
      policy: policy)
  }

  /// Creates a request with a given source of noise.
  public init(
    _ conditions: [Condition], indices: [Int], noise: any NoiseSource, device: Device,
    policy: (any StepPolicy)? = nil
  ) {
    self.conditions = conditions
    self.indices = indices
    self.noise = noise
    self.device = device
    self.policy = policy
  }
}

/// A source of random numbers for sampling: a seed, or a recording.
///
/// Purposes: `noise/initial` and `noise/step-K` for items, `class-token/…` for class tokens,
/// `route/PASS/EVALUATION` for the routes of guidance.
public protocol NoiseSource {
  /// Standard normal numbers, one row per index.
  func normals(_ purpose: String, _ indices: [Int], rowShape: [Int], device: Device) throws
    -> Tensor
  /// One random stream per index.
  func streams(_ purpose: String, _ indices: [Int]) -> [RandomStream]
}

extension Draws: NoiseSource {
  /// Standard normal numbers in float32, each row from the stream of its index.
  public func normals(_ purpose: String, _ indices: [Int], rowShape: [Int], device: Device) throws
    -> Tensor
  {
    try Tensor.normal(streams(purpose, indices), rowShape: rowShape, device: device)
  }
}
