import Foundation
import Models
import Objectives
import Samples
import Tensors
import TestSupport
import Testing

/// A DiT with one route against TREAD's reference: dense, guided and routed forward passes, and
/// both losses. Without its route the network is a plain SiT.
@Suite(
  .enabled(
    if: TREADTiny.isThere,
    "tread_tiny was taken out: the code that its numbers come from is for non-commercial use only"))
struct TREADParityTests {
  private let tiny: TREADTiny
  private var fixture: GoldenFixture { tiny.fixture }

  init() throws { tiny = try TREADTiny() }

  @Test func theModelIsTheManifests() throws {
    expectSizes(tiny.sizes, of: tiny.model)
    let training = try tiny.training
    #expect(training.tokens == tiny.model.tokenCount)
    let kept = try training.routing.routes.map {
      try training.routing.tokenCount(inBlock: $0.blocks.lowerBound, of: training.tokens)
    }
    #expect(kept == training.kept)
  }

  @Test(arguments: try TREADTiny.caseNames) func everyOutputMatches(id: String) throws {
    let golden = try fixture.case(id)
    let answers: [String: Tensor] =
      switch golden.kind {
      case .forward where golden.params.cfgScale != nil: try guided(golden)
      case .forward: try forward(golden)
      case .loss where golden.inputs["edm_normal"] != nil: try denoisingLoss(golden)
      case .loss: try flowLoss(golden)
      case .norms: try SiTNormProbe(tiny.model.configuration).norms(golden, fixture)
      case .optimizerSteps, .sampling: [:]
      }
    let missed = try fixture.departures(of: golden, answers)
    #expect(missed == [])
  }

  private func forward(_ golden: GoldenFixture.Case) throws -> [String: Tensor] {
    let embeddings = try tiny.model.embeddings(
      fixture.input("x", of: golden), time: fixture.input("t", of: golden),
      labels: fixture.input("y", of: golden))
    return try tiny.run(golden).answers.merging(embeddings) { $1 }
  }

  private func guided(_ golden: GoldenFixture.Case) throws -> [String: Tensor] {
    let labels = try fixture.labels(of: golden)
    let null = [Int](repeating: tiny.sizes.nullLabel, count: labels.count)
    let free = try tiny.run(golden, labels: null).item
    let scale = try #require(golden.params.cfgScale)
    return ["out": try free + (tiny.run(golden).item - free) * scale]
  }

  private func flowLoss(_ golden: GoldenFixture.Case) throws -> [String: Tensor] {
    let times = try fixture.input("rf_normal", of: golden).scalars(Double.self)
      .map { 1 / (1 + exp(-$0)) }
    let recording = RecordingBackbone(tiny.model)
    let value = try FlowMatching().value(
      clean: DiffusionState(fixture.input("x0", of: golden)),
      noise: DiffusionState(fixture.input("noise", of: golden)), times: times,
      conditions: .init(classes: fixture.labels(of: golden), of: tiny.sizes.numClasses),
      backbone: recording, route: tiny.route(of: golden))
    try value.total.backward()
    var answers = try tiny.model.gradients(in: golden.params.parameterOrder)
    (answers["loss"], answers["per_sample"]) = (value.total, value.perImage)
    (answers["x_t"], answers["v"]) = (recording.inputs.first?.item, recording.outputs.first)
    answers["t"] = try Tensor(times, shape: [times.count])
    return answers
  }

  private func denoisingLoss(_ golden: GoldenFixture.Case) throws -> [String: Tensor] {
    var objective = EDMDenoising()
    objective.preconditioning.dataDeviation = try #require(golden.params.sigmaData)
    objective.logMean = try #require(golden.params.pMean)
    objective.logDeviation = try #require(golden.params.pStd)
    let levels = try fixture.input("edm_normal", of: golden).scalars(Double.self)
      .map(objective.noiseLevel(normal:))
    let clean = try fixture.input("x0", of: golden)
    let noise = try fixture.input("noise", of: golden)
    let noisy = try clean + noise * Tensor(levels, shape: [levels.count, 1, 1, 1], dtype: .float32)
    let conditions = try [Condition](
      classes: fixture.labels(of: golden), of: tiny.sizes.numClasses)
    let denoised = try objective.denoised(
      noisy, noiseLevels: levels, conditions: conditions, backbone: tiny.model,
      context: ForwardContext(route: tiny.route(of: golden)))
    let value = try objective.value(
      clean: clean, noise: noise, noiseLevels: levels, conditions: conditions, backbone: tiny.model,
      route: tiny.route(of: golden))
    try value.total.backward()
    var answers = try tiny.model.gradients(in: golden.params.parameterOrder)
    (answers["loss"], answers["per_sample"]) = (value.total, value.perImage)
    (answers["x_noisy"], answers["denoised"]) = (noisy, denoised)
    answers["sigma"] = try Tensor(levels, shape: [levels.count])
    return answers
  }
}
