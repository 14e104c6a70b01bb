import Diagnostics
import DiffusionMath
import Models
import Samples
import Tensors

/// The velocity field of a backbone under guidance.
struct GuidedVelocity {
  private let sampler: FlowSampler
  private let backbone: any Backbone
  private let request: SampleRequest
  /// The dtype of the backbone's weights and inputs.
  private let dtype: DType
  private let strong: Pass
  private let weak: Pass
  /// Both predictions in one batch, if they only differ in their conditions.
  private let both: Pass?

  /// One forward pass of the network: its conditions, rows and routing.
  private struct Pass {
    let name: String
    let conditions: Conditions
    let rows: [RowID]
    var routing: (any TokenRouting)?
  }

  init(sampler: FlowSampler, backbone: any Backbone, request: SampleRequest) throws {
    self.sampler = sampler
    self.backbone = backbone
    self.request = request
    let isDouble = backbone.namedParameters.first?.parameter.value.dtype == .float64
    let dtype: DType = isDouble ? .float64 : .float32
    self.dtype = dtype
    let guidance = sampler.guidance
    let dropped = request.conditions.map { $0.dropping(guidance.weak.drops) }
    func pass(_ branches: [RowID.Branch], _ rows: [Condition], _ routing: (any TokenRouting)?)
      throws
      -> Pass
    {
      try Pass(
        name: branches[0].rawValue,
        conditions: Conditions(
          rows, shape: backbone.conditions, dtype: dtype, device: request.device),
        rows: branches.flatMap { branch in
          request.indices.map { RowID(picture: $0, branch: branch) }
        }, routing: routing)
    }
    strong = try pass([.strong], request.conditions, guidance.routing)
    weak = try pass([.weak], dropped, guidance.weak.routing)
    both =
      guidance.isByConditionsAlone
      ? try pass([.strong, .weak], request.conditions + dropped, nil) : nil
  }

  /// The velocity of a state, in float64; the network runs in lower precision.
  func callAsFunction(_ x: DiffusionState, _ t: Double, _ index: Int) throws -> DiffusionState {
    let guided = sampler.guidance.isActive(at: t)
    let place = sampler.solver.place(ofEvaluation: index)
    try request.policy?.begin(
      NetworkEvaluation(
        index: index, step: place.step, stage: place.stage, time: t,
        rows: strong.rows + (guided ? weak.rows : [])))
    let answer = guided ? try guidedAnswer(x, t, index) : try predict(x, t, strong, index)
    let toVelocity = sampler.formulation.conversion(to: .velocity, at: t)
    guard toVelocity != .identity else { return answer }
    return try x.combined(with: answer) { try $0 * toVelocity.state + $1 * toVelocity.output }
  }

  /// Combines strong and weak prediction. Guidance can be applied to any prediction target, because the
  /// velocity is an affine function of each.
  private func guidedAnswer(_ x: DiffusionState, _ t: Double, _ index: Int) throws
    -> DiffusionState
  {
    let (strong, weak): (DiffusionState, DiffusionState)
    if let both {
      let answer = try predict(
        x.map { try Tensor.concatenated([$0, $0], dim: 0) }, t, both, index)
      strong = try answer.map { try $0.chunks(2, dim: 0)[0] }
      weak = try answer.map { try $0.chunks(2, dim: 0)[1] }
    } else {
      strong = try predict(x, t, self.strong, index)
      weak = try predict(x, t, self.weak, index)
    }
    let guide = { (strong: Tensor, weak: Tensor, scale: Double) in
      try weak + (strong - weak) * scale
    }
    let token = sampler.guidance.classTokenScale
    return DiffusionState(
      try guide(strong.item, weak.item, sampler.guidance.scale),
      classToken: try strong.classToken.flatMap { mine in
        try weak.classToken.map { token > 0 ? try guide(mine, $0, token) : mine }
      })
  }

  /// Draws the route for one pass of one evaluation.
  private func route(_ pass: Pass, _ index: Int) throws -> (any TokenRoute)? {
    guard let routing = pass.routing else { return nil }
    guard request.policy == nil else {
      throw PeregrineError(
        .usage, doing: "sampling", found: "guidance by routes together with acceleration",
        expected: "one of them", advice: "Guide by the label.")
    }
    // In sampling nothing may be drawn per batch: picture i must not depend on the rest of its batch.
    return try routing.route(
      streams: request.noise.streams("route/\(pass.name)/\(index)", request.indices),
      batch: RandomStream(seed: 0, purpose: "sampling/\(pass.name)", index: 0),
      tokens: backbone.tokenCount)
  }

  /// Runs one pass of the network; the result is in float64.
  private func predict(_ x: DiffusionState, _ t: Double, _ pass: Pass, _ index: Int) throws
    -> DiffusionState
  {
    let context = ForwardContext(
      route: try route(pass, index), policy: request.policy, rows: RowSet(pass.rows))
    return try withComputation(in: sampler.computation, on: request.device) {
      try backbone(
        x.map { try $0.to(dtype) },
        time: Tensor.full(t, shape: [pass.rows.count], device: request.device),
        conditions: pass.conditions, context: context)
    }.prediction.map { try $0.to(.float64) }
  }
}
