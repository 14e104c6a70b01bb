import Diagnostics
import DiffusionMath
import Models
import Tensors

/// The velocity field of a backbone under guidance.
struct GuidedVelocity {
  let sampler: Sampler
  let backbone: any Backbone
  let labels: [Int]
  /// One stream per row for the routes of an evaluation's pass.
  let streams: (Int, String) -> [RandomStream]
  let policy: (any StepPolicy)?

  /// The velocity of a state in float64; the network runs in less.
  func callAsFunction(_ x: DiffusionState, _ t: Double, _ index: Int) throws -> DiffusionState {
    let guided = sampler.guidance.isActive(at: t)
    try policy?.begin(Evaluation(index: index, time: t, isGuided: guided))
    let answer =
      guided ? try guidedAnswer(x, t, index) : try predict(x, t, labels, strongRoute(index))
    let toVelocity = sampler.path.conversion(
      from: sampler.prediction, to: .velocity, at: t, floor: sampler.floor)
    guard toVelocity != .identity else { return answer }
    return try x.combined(with: answer) { try $0 * toVelocity.state + $1 * toVelocity.output }
  }

  /// Guiding any prediction guides the velocity: it is an affine function of each.
  private func guidedAnswer(_ x: DiffusionState, _ t: Double, _ index: Int) throws
    -> DiffusionState
  {
    let guidance = sampler.guidance
    let null = [Int](repeating: backbone.classCount, count: labels.count)
    let weakLabels = guidance.weak.dropsLabel ? null : labels
    let (strong, weak): (DiffusionState, DiffusionState)
    if guidance.isByLabelAlone {
      let both = try predict(
        x.map { try Tensor.concatenated([$0, $0], dim: 0) }, t, labels + weakLabels, nil)
      strong = try both.map { try $0.chunks(2, dim: 0)[0] }
      weak = try both.map { try $0.chunks(2, dim: 0)[1] }
    } else {
      strong = try predict(x, t, labels, strongRoute(index))
      weak = try predict(x, t, weakLabels, route(guidance.weak.routing, index, "weak"))
    }
    let guide = { (strong: Tensor, weak: Tensor, scale: Double) in
      try weak + (strong - weak) * scale
    }
    let token = guidance.classTokenScale
    return DiffusionState(
      try guide(strong.item, weak.item, guidance.scale),
      classToken: try strong.classToken.flatMap { mine in
        try weak.classToken.map { token > 0 ? try guide(mine, $0, token) : mine }
      })
  }

  private func strongRoute(_ index: Int) throws -> (any TokenRoute)? {
    try route(sampler.guidance.routing, index, "strong")
  }

  /// A fresh route for one pass of one evaluation.
  private func route(_ routing: (any TokenRouting)?, _ index: Int, _ pass: String) throws
    -> (any TokenRoute)?
  {
    guard let routing else { return nil }
    guard policy == nil else {
      throw PeregrineError(
        .usage, doing: "sampling", found: "guidance by routes together with acceleration",
        expected: "one of them", advice: "Guide by the label.")
    }
    let rows = streams(index, pass)
    // Nothing that sampling draws is shared by a batch: picture i must not depend on its neighbours.
    return try routing.route(
      streams: rows, batch: RandomStream(seed: 0, purpose: "sampling/\(pass)", index: 0),
      tokens: backbone.tokenCount)
  }

  /// One evaluation of the network; the result in float64.
  private func predict(
    _ x: DiffusionState, _ t: Double, _ labels: [Int], _ route: (any TokenRoute)?
  ) throws -> DiffusionState {
    let device = x.item.device
    return try withComputation(in: sampler.computation, on: device) {
      try backbone(
        x.map { try $0.to(.float32) }, time: Tensor.full(t, shape: [labels.count], device: device),
        labels: Tensor(labels.map(Int64.init), shape: [labels.count], device: device),
        context: ForwardContext(route: route, policy: policy))
    }.prediction.map { try $0.to(.float64) }
  }
}
