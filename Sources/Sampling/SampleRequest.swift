import DiffusionMath
import Models
import Samples
import Tensors

/// What samples are to be drawn.
///
/// Sample `i` depends on the seed, on its index and on its condition only, whatever else is drawn with it.
public struct SampleRequest {
  /// What each sample is asked for.
  public var conditions: [Condition]
  /// The index of each sample under the seed.
  public var indices: [Int]
  /// Where random numbers come from.
  public var noise: any NoiseSource
  /// Where the backbone runs.
  public var device: Device
  /// What to compute at each evaluation; everything when `nil`.
  public var policy: (any StepPolicy)?

  /// Asks for samples whose noise is drawn from a seed.
  public init(
    _ conditions: [Condition], indices: [Int], seed: UInt64, device: Device,
    policy: (any StepPolicy)? = nil
  ) {
    self.init(
      conditions, indices: indices, noise: Draws(.sampling, seed: seed), device: device,
      policy: policy)
  }

  /// Asks for samples of given noise.
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

/// Where the random numbers of samples come from: a seed, or a recording.
///
/// Purposes: `noise/initial` and `noise/step-K` for items, `class-token/…` for class tokens,
/// `route/PASS/EVALUATION` for the routes of guidance.
public protocol NoiseSource {
  /// Normal numbers, one row for each index.
  func normals(_ purpose: String, _ indices: [Int], rowShape: [Int], device: Device) throws
    -> Tensor
  /// A random stream for each index.
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
