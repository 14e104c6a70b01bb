import Diagnostics
import DiffusionMath
import Models
import Samples
import Tensors

/// Draws samples by solving the flow's differential equation from noise to data. With REG the class
/// token is denoised together with each item.
///
/// A sample's noise is the same bit for bit in a batch of any size and on any device. The state is
/// kept in float64; only the network runs in lower precision.
public struct FlowSampler: Generator {
  /// The formulation that the backbone was trained with. Its time shift is that of the solver's
  /// time grid and may differ from training.
  public var formulation = FlowFormulation()
  /// The numerical method.
  public var solver = Solver.heun
  /// The number of steps.
  public var steps = 50
  /// Classifier-free guidance.
  public var guidance = Guidance.none
  /// The dtype of the network's matrix products.
  public var computation = DType.float32

  /// Creates a sampler for SiT's path with 50 Heun steps.
  public init() {}

  /// The times that the solver visits.
  public var grid: TimeGrid { solver.grid(steps: steps, shift: formulation.shift) }

  /// Draws samples in float32.
  public func sample(_ backbone: any Backbone, _ request: SampleRequest) throws -> Tensor {
    try check(request)
    let field = try GuidedVelocity(sampler: self, backbone: backbone, request: request)
    try request.policy?.start(
      SamplingTrajectory(times: Array(grid.times.dropLast()), depth: backbone.depth))
    return try withoutGradients {
      let end = try solver.solve(
        noise("initial", for: backbone, request), grid, path: formulation.path,
        noise: { try noise("step-\($0)", for: backbone, request) },
        field.callAsFunction)
      guard try end.item.isFinite().all() else {
        throw PeregrineError(
          .nonFinite, doing: "sampling", found: "NaN or infinity in the result",
          advice: "The checkpoint may have diverged, or the guidance is too strong.")
      }
      return try end.item.to(.float32)
    }
  }

  /// Noise of each part of the state, in float64.
  private func noise(_ purpose: String, for backbone: any Backbone, _ request: SampleRequest) throws
    -> DiffusionState
  {
    func draw(_ part: String, _ shape: [Int]) throws -> Tensor {
      try request.noise.normals(
        "\(part)/\(purpose)", request.indices, rowShape: shape, device: request.device)
    }
    let item = try draw("noise", backbone.itemShape.dimensions)
    let scale = formulation.noiseScale
    return try DiffusionState(
      scale == 1 ? item : item * scale,
      classToken: backbone.classTokenWidth.map { try draw("class-token", [$0]) }
    ).map { try $0.to(.float64) }
  }

  private func check(_ request: SampleRequest) throws {
    guard request.indices.count == request.conditions.count else {
      throw PeregrineError(
        .usage, doing: "sampling",
        found: "\(request.indices.count) indices and \(request.conditions.count) conditions",
        expected: "as many of both")
    }
    guard steps > 0 else {
      throw PeregrineError(
        .usage, doing: "sampling", found: "\(steps) steps", expected: "at least 1")
    }
  }
}

extension DiffusionState: SolverState {
  /// `self + factor · other`, for each part.
  public func adding(_ factor: Double, _ other: DiffusionState) throws -> DiffusionState {
    try combined(with: other) { try $0 + $1 * factor }
  }
}
