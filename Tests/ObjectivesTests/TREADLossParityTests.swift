import Foundation
import Models
import Nets
import Objectives
import Tensors
import TestSupport
import Testing

/// The routed losses of the TREAD reference and their gradients.
@Suite(.enabled(if: TREADTiny.exists))
struct TREADLossParityTests {
  private let tiny: TREADTiny

  init() throws { tiny = try TREADTiny() }

  private func labels(_ golden: GoldenFixture.Case) throws -> [Int] {
    try tiny.fixture.input("y_effective", of: golden).scalars(Int64.self).map { Int($0) }
  }

  @Test func theFlowLossMatches() throws {
    let golden = try tiny.fixture.case("loss_rf")
    let times = try tiny.fixture.input("rf_normal", of: golden).scalars(Double.self)
      .map { 1 / (1 + exp(-$0)) }
    #expect(
      try tiny.fixture.deviation("t", of: golden, Tensor(times, shape: [times.count])) <= 1)
    let recording = RecordingBackbone(tiny.model)
    let value = try FlowMatching().value(
      clean: DiffusionState(tiny.fixture.input("x0", of: golden)),
      noise: DiffusionState(tiny.fixture.input("noise", of: golden)),
      times: times, labels: labels(golden), backbone: recording, route: tiny.route(of: golden))
    #expect(try tiny.fixture.deviation("x_t", of: golden, #require(recording.inputs.first)) <= 1)
    #expect(try tiny.fixture.deviation("v", of: golden, #require(recording.outputs.first)) <= 1)
    #expect(try tiny.fixture.deviation("per_sample", of: golden, value.perImage) <= 1)
    #expect(try tiny.fixture.deviation("loss", of: golden, value.total) <= 1)
    try value.total.backward()
    #expect(try tiny.fixture.gradientDeviation(of: golden, tiny.model) <= 1)
  }

  @Test func theEDMLossMatches() throws {
    let golden = try tiny.fixture.case("loss_edm")
    let objective = EDMDenoising()
    let levels = try tiny.fixture.input("edm_normal", of: golden).scalars(Double.self)
      .map(objective.noiseLevel(normal:))
    #expect(
      try tiny.fixture.deviation("sigma", of: golden, Tensor(levels, shape: [levels.count])) <= 1)
    let clean = try tiny.fixture.input("x0", of: golden)
    let noise = try tiny.fixture.input("noise", of: golden)
    let noisy = try clean + noise * Tensor(levels, shape: [levels.count, 1, 1, 1], dtype: .float32)
    #expect(try tiny.fixture.deviation("x_noisy", of: golden, noisy) <= 1)
    let denoised = try objective.denoised(
      noisy, noiseLevels: levels, labels: labels(golden), backbone: tiny.model,
      context: ForwardContext(route: tiny.route(of: golden)))
    #expect(try tiny.fixture.deviation("denoised", of: golden, denoised) <= 1)
    let value = try objective.value(
      clean: clean, noise: noise, noiseLevels: levels, labels: labels(golden),
      backbone: tiny.model, route: tiny.route(of: golden))
    #expect(try tiny.fixture.deviation("per_sample", of: golden, value.perImage) <= 1)
    #expect(try tiny.fixture.deviation("loss", of: golden, value.total) <= 1)
    try value.total.backward()
    #expect(try tiny.fixture.gradientDeviation(of: golden, tiny.model) <= 1)
  }
}
