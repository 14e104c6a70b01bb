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

/// Draws samples from a trained backbone; with REG the class token is denoised along with each.
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
  /// The deviation of the noise that an item starts from, as in training.
  public var noiseScale = 1.0
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
      let item = try noise("noise/\(purpose)", indices, seed, backbone.itemShape, device)
      return DiffusionState(
        noiseScale == 1 ? item : try item * noiseScale,
        classToken: try backbone.classTokenWidth.map {
          try noise("class-token/\(purpose)", indices, seed, [$0], device)
        })
    }
    return try sample(
      backbone, labels: labels, start: draw("initial"), policy: policy,
      routeStreams: { evaluation, pass in
        indices.map {
          RandomStream(
            seed: seed, purpose: "sampling/route/\(pass)/\(evaluation)", index: UInt64($0))
        }
      },
      stepNoise: { try draw("step-\($0)") }
    ).item
  }

  /// Draws one item per label from given noise, for backbones without a class token.
  public func sample(
    _ backbone: any Backbone, labels: [Int], start: Tensor, policy: (any StepPolicy)? = nil,
    stepNoise: (Int) throws -> Tensor
  ) throws -> Tensor {
    try sample(
      backbone, labels: labels, start: DiffusionState(start), policy: policy,
      stepNoise: { DiffusionState(try stepNoise($0)) }
    ).item
  }

  /// Draws one sample per label from given noise: everything after the draws.
  ///
  /// - Parameters:
  ///   - start: the state at `t = 1`; the samples' device is its.
  ///   - routeStreams: one stream per row for the routes of an evaluation's pass; only guidance by
  ///     routes asks for them.
  ///   - stepNoise: fresh noise of step `k`, of the same shapes; only stochastic solvers ask for it.
  ///   - observe: gets the number of each evaluation and, in float64, what the network will see.
  /// - Returns: the state at `t = 0`, float32.
  /// - Throws: as ``sample(_:labels:indices:seed:device:policy:)``.
  public func sample(
    _ backbone: any Backbone, labels: [Int], start: DiffusionState,
    policy: (any StepPolicy)? = nil,
    routeStreams: @escaping (Int, String) -> [RandomStream] = { _, _ in [] },
    stepNoise: (Int) throws -> DiffusionState,
    observe: (Int, DiffusionState) throws -> Void = { _, _ in }
  ) throws -> DiffusionState {
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
    let field = GuidedVelocity(
      sampler: self, backbone: backbone, labels: labels, streams: routeStreams, policy: policy)
    return try withoutGradients {
      let end = try solver.solve(
        start.map { try $0.to(.float64) }, grid, path: path,
        noise: { try stepNoise($0).map { try $0.to(.float64) } },
        { x, t, index in
          try observe(index, x)
          return try field(x, t, index)
        })
      guard try end.item.isFinite().all() else {
        throw PeregrineError(
          .nonFinite, doing: "sampling", found: "NaN or infinity in the result",
          advice: "The checkpoint may have diverged, or the guidance is too strong.")
      }
      return try end.map { try $0.to(.float32) }
    }
  }

  private func noise(
    _ purpose: String, _ indices: [Int], _ seed: UInt64, _ shape: [Int], _ device: Device
  ) throws -> Tensor {
    let streams = indices.map {
      RandomStream(seed: seed, purpose: "sampling/\(purpose)", index: UInt64($0))
    }
    return try Tensor.normal(streams, rowShape: shape, device: device)
  }
}

extension DiffusionState: SolverState {
  /// `self + factor · other`, each part by itself.
  public func adding(_ factor: Double, _ other: DiffusionState) throws -> DiffusionState {
    try combined(with: other) { try $0 + $1 * factor }
  }
}
