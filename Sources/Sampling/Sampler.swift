import Diagnostics
import DiffusionMath
import Models
import Tensors

/// A numerical method for the way from noise to data.
public enum Solver: String, CaseIterable, Codable, Sendable {
  /// One evaluation per step, deterministic.
  case euler
  /// Two evaluations per step but one at the last, deterministic.
  case heun
  /// One evaluation per step, with fresh noise.
  case eulerMaruyama = "euler-maruyama"
}

/// Draws samples from a trained backbone.
///
/// Picture `i` depends on the seed and on `i` only: its noise is the same bit for bit in a batch of any
/// size and on any device. The state is kept in float64; only the network runs in less.
public struct Sampler {
  /// The path the backbone was trained on.
  public var path = DiffusionPath.linear
  /// What the backbone's output means.
  public var prediction = PredictionTarget.velocity
  /// The least divisor when the output is converted to a velocity, as in training.
  public var floor = 0.0
  /// The shift of the time grid, as in training.
  public var shift = TimeShift.none
  /// The numerical method.
  public var solver = Solver.heun
  /// The number of steps.
  public var steps = 50
  /// Classifier-free guidance.
  public var guidance = Guidance.none
  /// The dtype of the network's matrix products.
  public var computation = DType.float32

  /// SiT's path with 50 Heun steps.
  public init() {}

  /// The times that the solver visits.
  public var grid: TimeGrid { solver.grid(steps: steps, shift: shift) }

  /// Draws one sample per label.
  ///
  /// - Parameters:
  ///   - labels: the class of each sample; the backbone's `classCount` means no class.
  ///   - indices: which picture of the seed each sample is.
  ///   - policy: what to compute at each evaluation; everything when `nil`.
  /// - Returns: `[labels.count] + itemShape`, float32, on `device`.
  /// - Throws: ``PeregrineError`` `.usage` for a label out of range, `.nonFinite` when the state
  ///   leaves the numbers.
  public func sample(
    _ backbone: any Backbone, labels: [Int], indices: [Int], seed: UInt64, device: Device,
    policy: (any StepPolicy)? = nil
  ) throws -> Tensor {
    guard indices.count == labels.count else {
      throw PeregrineError(
        .usage, doing: "sampling", found: "\(indices.count) indices and \(labels.count) labels",
        expected: "as many of both")
    }
    let draw = { (purpose: String) in
      try noise(purpose, indices, seed, backbone.itemShape, device)
    }
    return try sample(
      backbone, labels: labels, start: draw("initial"), policy: policy,
      stepNoise: { try draw("step-\($0)") })
  }

  /// Draws one sample per label from given noise: everything after the draws.
  ///
  /// - Parameters:
  ///   - start: the state at `t = 1`, `[labels.count] + itemShape`; the samples' device is its.
  ///   - stepNoise: fresh noise of step `k`, of the same shape; only stochastic solvers ask for it.
  /// - Throws: as ``sample(_:labels:indices:seed:device:policy:)``.
  public func sample(
    _ backbone: any Backbone, labels: [Int], start: Tensor, policy: (any StepPolicy)? = nil,
    stepNoise: (Int) throws -> Tensor
  ) throws -> Tensor {
    if let label = labels.first(where: { !(0...backbone.classCount).contains($0) }) {
      throw PeregrineError(
        .usage, doing: "sampling", found: "class \(label)",
        expected: "a class from 0 to \(backbone.classCount - 1)",
        advice: "`\(backbone.classCount)` samples without a class.")
    }
    guard steps > 0 else {
      throw PeregrineError(
        .usage, doing: "sampling", found: "\(steps) steps", expected: "at least 1")
    }
    return try withoutGradients {
      let field = GuidedVelocity(
        sampler: self, backbone: backbone, labels: labels, device: start.device, policy: policy)
      let end = try solver.solve(
        start.to(.float64), grid, path: path, noise: { try stepNoise($0).to(.float64) },
        field.callAsFunction)
      guard try end.isFinite().all() else {
        throw PeregrineError(
          .nonFinite, doing: "sampling", found: "NaN or infinity in the result",
          advice: "The checkpoint may have diverged, or the guidance is too strong.")
      }
      return try end.to(.float32)
    }
  }

  private func noise(
    _ purpose: String, _ indices: [Int], _ seed: UInt64, _ shape: [Int], _ device: Device
  ) throws -> Tensor {
    let streams = indices.map {
      RandomStream(seed: seed, purpose: "sampling/noise/\(purpose)", index: UInt64($0))
    }
    return try Tensor.normal(streams, rowShape: shape, device: device)
  }
}

/// The velocity field of a backbone under guidance.
private struct GuidedVelocity {
  let sampler: Sampler
  let backbone: any Backbone
  let labels: [Int]
  let device: Device
  let policy: (any StepPolicy)?

  func callAsFunction(_ x: Tensor, _ t: Double, _ index: Int) throws -> Tensor {
    let guided = sampler.guidance.isActive(at: t)
    try policy?.begin(Evaluation(index: index, time: t, isGuided: guided))
    let null = [Int](repeating: backbone.classCount, count: labels.count)
    let allLabels = (guided ? labels + null : labels).map(Int64.init)
    let state = try x.to(.float32)
    let input = guided ? try Tensor.concatenated([state, state], dim: 0) : state
    let output = try withComputation(in: sampler.computation, on: device) {
      try backbone(
        input, time: Tensor.full(t, shape: [allLabels.count], device: device),
        labels: Tensor(allLabels, shape: [allLabels.count], device: device),
        context: ForwardContext(policy: policy))
    }.to(.float64)
    let combined = guided ? try guide(output) : output
    let toVelocity = sampler.path.conversion(
      from: sampler.prediction, to: .velocity, at: t, floor: sampler.floor)
    return toVelocity == .identity
      ? combined : try x * toVelocity.state + combined * toVelocity.output
  }

  /// Guiding any prediction guides the velocity: it is an affine function of each.
  private func guide(_ output: Tensor) throws -> Tensor {
    let halves = try output.chunks(2, dim: 0)
    return try halves[1] + (halves[0] - halves[1]) * sampler.guidance.scale
  }
}

extension Tensor: SolverState {
  /// `self + factor · other`.
  public func adding(_ factor: Double, _ other: Tensor) throws -> Tensor {
    try self + other * factor
  }
}
