import DiffusionMath
import Models
import Nets
import Objectives
import Tensors
import TestSupport
import Testing

/// SR-DiT's four losses, their gradients and ten optimizer steps against the reference.
@Suite(.enabled(if: SRDiTTiny.exists))
struct SRDiTObjectiveParityTests {
  private let golden: SRDiTTiny
  private var fixture: GoldenFixture { golden.fixture }
  private var model: SiT { golden.model }

  init() throws { golden = try SRDiTTiny() }

  private func times(_ golden: GoldenFixture.Case) throws -> [Double] {
    let shift = TimeShift(factor: try #require(golden.params.shift))
    return try fixture.input("r", of: golden).scalars(Double.self).map { shift($0) }
  }

  private func route(_ golden: GoldenFixture.Case) throws -> SprintRoute {
    golden.id == "loss_path_drop"
      ? try SprintRoute(droppingPathOf: 4, middle: SRDiTTiny.middle)
      : SprintRoute(keeping: try fixture.input("ids_keep", of: golden), middle: SRDiTTiny.middle)
  }

  private func value(_ golden: GoldenFixture.Case) throws -> ObjectiveValue {
    let clean = try self.golden.pair("x0", "c0", of: golden)
    let noise = try self.golden.pair("noise", "noise_cls", of: golden)
    return try Self.speedrun.value(
      clean: clean, noise: noise, times: times(golden),
      labels: self.golden.integers("y_effective", of: golden), backbone: model,
      route: route(golden), teacher: fixture.input("teacher", of: golden),
      others: (clean.map(Self.rolled), noise.map(Self.rolled)))
  }

  /// SR-DiT's terms and weights.
  private static var speedrun: FlowMatching {
    var objective = FlowMatching()
    objective.terms = [
      ClassTokenDenoising(), RepresentationAlignment(), ContrastiveFlowMatching(),
    ]
    return objective
  }

  /// Each row's predecessor, and the last before the first.
  private static func rolled(_ rows: Tensor) throws -> Tensor {
    let count = rows.shape[0]
    return try Tensor.concatenated(
      [rows.sliced(0, count - 1..<count), rows.sliced(0, 0..<count - 1)], dim: 0)
  }

  /// Total, velocity, alignment, class token, contrastive.
  private func losses(_ value: ObjectiveValue) throws -> [Double] {
    let terms = Dictionary(uniqueKeysWithValues: value.terms)
    let names = ["flow_matching", "alignment", "class_token", "contrastive"]
    return try [value.total.item()] + names.map { try #require(terms[$0]).item() }
  }

  private func parameter(_ name: String) throws -> Tensor {
    try #require(model.namedParameters.first { $0.name == name }).parameter.value
  }

  private func vector(_ numbers: [Double], _ shape: [Int]? = nil) throws -> Tensor {
    try Tensor(numbers, shape: shape ?? [numbers.count])
  }

  @Test(arguments: ["loss", "loss_path_drop", "loss_no_shift"])
  func lossesAndGradientsMatch(id: String) throws {
    let golden = try fixture.case(id)
    let value = try value(golden)
    #expect(try fixture.deviation("losses", of: golden, vector(losses(value))) <= 1)
    if golden.outputs["per_sample"] != nil {
      #expect(try fixture.deviation("per_sample", of: golden, value.perImage) <= 1)
    }
    try value.total.backward()
    for role in golden.outputs.keys.sorted() where role.hasPrefix("grad.") {
      let gradient = try #require(try parameter(String(role.dropFirst(5))).gradient())
      #expect(try fixture.deviation(role, of: golden, gradient) <= 1)
    }
    let order = try #require(golden.params.parameterOrder)
    #expect(order == model.trainableParameters.map(\.name))
    let found = try order.map {
      try parameter($0).gradient()?.squared().sum().squareRoot().item() ?? 0
    }
    #expect(try fixture.deviation("grad_norms", of: golden, vector(found)) <= 1)
    let norms = try fixture.output("grad_norms", of: golden).scalars(Double.self)
    for (name, pair) in zip(order, zip(found, norms)) {
      #expect(abs(pair.0 - pair.1) <= 1e-4 * pair.1, "\(name)")
    }
    let total = try clipGradients(of: model.namedParameters, to: nil)
    #expect(try fixture.deviation("grad_norm_total", of: golden, total) <= 1)
  }

  @Test func theDroppedPathGivesTheMiddleNoGradient() throws {
    let golden = try fixture.case("loss_path_drop")
    try value(golden).total.backward()
    let untouched = try #require(golden.params.exactlyZeroGradient)
    #expect(untouched.count == 26)
    for entry in model.trainableParameters {
      let size = try entry.parameter.value.gradient()?.magnitude().max().item() ?? 0
      #expect((size == 0) == untouched.contains(entry.name), "\(entry.name)")
    }
  }

  @Test func noisingAndPredictionsMatch() throws {
    let golden = try fixture.case("loss")
    let times = try times(golden)
    #expect(try fixture.deviation("t", of: golden, vector(times)) <= 1)
    let noisy = try FlowMatching().noised(
      self.golden.pair("x0", "c0", of: golden),
      self.golden.pair("noise", "noise_cls", of: golden), times)
    #expect(try fixture.deviation("x_t", of: golden, noisy.item) <= 1)
    #expect(try fixture.deviation("c_t", of: golden, #require(noisy.classToken)) <= 1)
    let output = try model(
      noisy, time: vector(times).to(.float32),
      labels: fixture.input("y_effective", of: golden),
      context: ForwardContext(route: route(golden))
    ).prediction
    #expect(try fixture.deviation("v", of: golden, output.item) <= 1)
    let token = try #require(output.classToken)
    #expect(try fixture.deviation("cls", of: golden, token) <= 1)
    let clean = try Self.rolled(fixture.input("c0", of: golden))
    let noise = try Self.rolled(fixture.input("noise_cls", of: golden))
    let unused = try -(token - (noise - clean)).squared().mean()
    #expect(try fixture.deviation("cfm_cls_unused", of: golden, unused) <= 1)
  }

  @Test func tenStepsMatch() throws {
    let golden = try fixture.case("adamw10")
    let params = golden.params
    let (betas, rate) = (try #require(params.betas), try #require(params.lr))
    let optimizer = try AdamW(
      model.namedParameters,
      .init(
        beta1: betas[0], beta2: betas[1], epsilon: #require(params.eps),
        weightDecay: #require(params.weightDecay)))
    let average = try ExponentialMovingAverage(model.namedParameters)
    let start = try Dictionary(
      uniqueKeysWithValues: model.state.map { ($0.name, try $0.tensor.detached().clone()) })
    var rows: [Double] = []
    for _ in 0..<(try #require(params.steps)) {
      optimizer.clearGradients()
      let value = try value(golden)
      rows += try losses(value)
      try value.total.backward()
      try optimizer.step(learningRate: rate)
      try average.update(decay: try #require(params.emaDecay))
    }
    rows += try losses(value(golden))
    #expect(try fixture.deviation("losses", of: golden, vector(rows, [11, 5])) <= 1)
    try checkParameters(golden, averages: average)
    let moved = try #require(params.parameterOrder).map { name in
      try (parameter(name) - #require(start[name])).squared().sum().squareRoot().item()
    }
    #expect(try fixture.deviation("moved", of: golden, vector(moved)) <= 1)
  }

  private func checkParameters(
    _ golden: GoldenFixture.Case, averages: ExponentialMovingAverage
  ) throws {
    let averages = Dictionary(uniqueKeysWithValues: averages.state.map { ($0.name, $0.tensor) })
    for role in golden.outputs.keys.sorted() {
      if role.hasPrefix("param.") {
        let found = try parameter(String(role.dropFirst(6)))
        #expect(try fixture.deviation(role, of: golden, found) <= 1)
      } else if role.hasPrefix("ema.") {
        let found = try #require(averages[String(role.dropFirst(4))])
        #expect(try fixture.deviation(role, of: golden, found) <= 1)
      }
    }
  }
}
