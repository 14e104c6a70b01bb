import Foundation
import Models
import Nets
import Objectives
import Tensors
import TestSupport
import Testing

/// A plain SiT's forward pass, loss, gradients and ten optimizer steps against golden numbers.
@Suite struct FlowMatchingParityTests {
  private let fixture: GoldenFixture
  private let model: SiT

  init() throws {
    let golden = try SiTTiny()
    (fixture, model) = (golden.fixture, golden.model)
  }

  private func value(_ golden: GoldenFixture.Case) throws -> ObjectiveValue {
    try FlowMatching().value(
      clean: DiffusionState(fixture.input("x0", of: golden)),
      noise: DiffusionState(fixture.input("noise", of: golden)),
      times: fixture.input("t", of: golden).scalars(Double.self),
      labels: fixture.input("y_effective", of: golden).scalars(Int64.self).map { Int($0) },
      backbone: model)
  }

  private func parameter(_ name: String) throws -> Tensor {
    try #require(model.namedParameters.first { $0.name == name }).parameter.value
  }

  @Test func theForwardPassMatches() throws {
    let golden = try fixture.case("eval")
    let output = try model(
      fixture.input("x", of: golden), time: fixture.input("t", of: golden),
      labels: fixture.input("y", of: golden))
    #expect(try fixture.deviation("v", of: golden, output) <= 1)
  }

  @Test func theLossAndItsGradientsMatch() throws {
    let golden = try fixture.case("loss")
    let value = try value(golden)
    #expect(try fixture.deviation("loss", of: golden, value.total) <= 1)
    #expect(try fixture.deviation("per_sample", of: golden, value.perImage) <= 1)
    try value.total.backward()
    for role in golden.outputs.keys where role.hasPrefix("grad.") {
      let gradient = try #require(try parameter(String(role.dropFirst(5))).gradient())
      #expect(try fixture.deviation(role, of: golden, gradient) <= 1)
    }
    let order = try #require(golden.params.parameterOrder)
    #expect(order.count == model.trainableParameters.count)
    let norms = try fixture.output("grad_norms", of: golden).scalars(Double.self)
    for (name, norm) in zip(order, norms) {
      let gradient = try #require(try parameter(name).gradient())
      let found = try gradient.squared().sum().squareRoot().item()
      #expect(abs(found - norm) <= 1e-4 * norm, "\(name)")
    }
    let total = try fixture.output("grad_norm_total", of: golden).item()
    let found = try clipGradients(of: model.namedParameters, to: nil).item()
    #expect(abs(found - total) <= 1e-4 * total)
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
    let before = try model.state.map { ($0.name, try $0.tensor.detached().clone()) }
    var (losses, norms): ([Double], [Double]) = ([], [])
    for _ in 0..<(try #require(params.steps)) {
      optimizer.clearGradients()
      let value = try value(golden)
      try value.total.backward()
      losses.append(try value.total.item())
      norms.append(
        try clipGradients(of: model.namedParameters, to: params.gradientClip).item())
      try optimizer.step(learningRate: rate)
      try average.update(decay: try #require(params.emaDecay))
    }
    #expect(
      try fixture.deviation("losses", of: golden, Tensor(losses, shape: [losses.count])) <= 1)
    #expect(
      try fixture.deviation("grad_norm_totals", of: golden, Tensor(norms, shape: [norms.count]))
        <= 1)
    #expect(try fixture.deviation("loss_after", of: golden, value(golden).total) <= 1)

    let averages = Dictionary(uniqueKeysWithValues: average.state.map { ($0.name, $0.tensor) })
    for role in golden.outputs.keys.sorted() {
      if role.hasPrefix("param.") {
        let found = try parameter(String(role.dropFirst(6)))
        #expect(try fixture.deviation(role, of: golden, found) <= 1)
      } else if role.hasPrefix("ema.") {
        let found = try #require(averages[String(role.dropFirst(4))])
        #expect(try fixture.deviation(role, of: golden, found) <= 1)
      }
    }
    let moved = try fixture.output("moved", of: golden).scalars(Double.self)
    let start = Dictionary(uniqueKeysWithValues: before)
    for (name, distance) in zip(try #require(params.parameterOrder), moved) {
      let step = try parameter(name) - #require(start[name])
      let found = try step.squared().sum().squareRoot().item()
      #expect(abs(found - distance) <= 1e-4 * distance, "\(name)")
    }
  }
}
