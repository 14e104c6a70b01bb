import Diagnostics
import DiffusionMath
import Models
import Tensors

/// Draws samples of an SR-DiT: a state and, denoised along with it, its class token.
///
/// The state is kept in float64; only the network runs in less.
/// - Source: SR-DiT, arXiv 2512.12386, whose sampler is Euler-Maruyama with 250 steps. Matches fixture
///   `srdit_tiny`, cases `em_…`.
/// - Departs: guidance weaker than 1 takes effect too, as in ``Guidance``.
public struct SRDiTSampler {
  /// The shift of the time grid, as in training.
  public var shift = TimeShift.none
  /// The numerical method.
  public var solver = Solver.eulerMaruyama
  /// The number of steps.
  public var steps = 250
  /// Classifier-free guidance of the state; its interval holds for the class token too.
  public var guidance = Guidance.none
  /// The strength of the class token's guidance; at 0 or less it follows its conditional velocity.
  public var classTokenScale = 0.0
  /// Whether the null pass skips the middle blocks too: path-drop guidance.
  ///
  /// - Source: SPRINT, arXiv 2510.21986.
  public var dropsPath = false
  /// The dtype of the network's matrix products.
  public var computation = DType.float32

  /// SR-DiT's sampler without shift and guidance.
  public init() {}

  /// The times that the solver visits.
  public var grid: TimeGrid { solver.grid(steps: steps, shift: shift) }

  /// Draws one sample per label from given noise: everything after the draws.
  ///
  /// - Parameters:
  ///   - labels: the class of each sample; the model's `classCount` means no class.
  ///   - start: state and class token at `t = 1`; the samples' device is its.
  ///   - stepNoise: fresh noise of step `k`, of the same shapes; only stochastic solvers ask for it.
  ///   - observe: gets the number of each evaluation and, in float64, what the network will see.
  /// - Returns: state and class token at `t = 0`, float32.
  /// - Throws: ``PeregrineError`` `.usage` for a label out of range or no steps, `.nonFinite` when the
  ///   state leaves the numbers.
  public func sample(
    _ model: SRDiT, labels: [Int], start: StateWithClassToken,
    stepNoise: (Int) throws -> StateWithClassToken,
    observe: (Int, StateWithClassToken) throws -> Void = { _, _ in }
  ) throws -> StateWithClassToken {
    guard steps > 0, labels.allSatisfy({ (0...model.classCount).contains($0) }) else {
      throw PeregrineError(
        .usage, doing: "sampling", found: "\(steps) steps and the classes \(labels)",
        expected: "at least 1 step and classes from 0 to \(model.classCount)",
        advice: "`\(model.classCount)` samples without a class.")
    }
    return try withoutGradients {
      let end = try solver.solve(
        start.map { try $0.to(.float64) }, grid, path: .linear,
        noise: { try stepNoise($0).map { try $0.to(.float64) } },
        { x, t, index in
          try observe(index, x)
          return try velocity(of: model, labels: labels, at: x, t)
        })
      guard try end.state.isFinite().all() else {
        throw PeregrineError(
          .nonFinite, doing: "sampling", found: "NaN or infinity in the result",
          advice: "The checkpoint may have diverged, or the guidance is too strong.")
      }
      return try end.map { try $0.to(.float32) }
    }
  }

  /// The guided velocity at one state and time.
  private func velocity(
    of model: SRDiT, labels: [Int], at x: StateWithClassToken, _ t: Double
  ) throws -> StateWithClassToken {
    let conditional = try predict(model, labels: labels, route: .dense, at: x, t)
    guard guidance.isActive(at: t) else { return conditional }
    let nullLabels = [Int](repeating: model.classCount, count: labels.count)
    let null = try predict(
      model, labels: nullLabels, route: dropsPath ? .dropped : .dense, at: x, t)
    let guide = { (from: Tensor, to: Tensor, scale: Double) in try from + (to - from) * scale }
    return try StateWithClassToken(
      state: guide(null.state, conditional.state, guidance.scale),
      classToken: classTokenScale > 0
        ? guide(null.classToken, conditional.classToken, classTokenScale)
        : conditional.classToken)
  }

  /// One evaluation of the network; the result in float64.
  private func predict(
    _ model: SRDiT, labels: [Int], route: SprintRoute, at x: StateWithClassToken, _ t: Double
  ) throws -> StateWithClassToken {
    let device = x.state.device
    return try withComputation(in: computation, on: device) {
      try model(
        x.map { try $0.to(.float32) },
        time: Tensor.full(t, shape: [labels.count], device: device),
        labels: Tensor(labels.map(Int64.init), shape: [labels.count], device: device),
        route: route)
    }.velocity.map { try $0.to(.float64) }
  }
}

extension StateWithClassToken: SolverState {
  /// `self + factor · other`, each part by itself.
  public func adding(_ factor: Double, _ other: StateWithClassToken) throws -> StateWithClassToken {
    try StateWithClassToken(
      state: state + other.state * factor, classToken: classToken + other.classToken * factor)
  }
}
