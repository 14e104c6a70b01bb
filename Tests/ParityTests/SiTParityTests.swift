import Models
import Nets
import Objectives
import Samples
import Sampling
import Tensors
import TestSupport
import Testing

/// A plain SiT against golden numbers: forward pass, loss, gradients, ten optimizer steps and samplers.
@Suite struct SiTParityTests {
  private let tiny: SiTTiny
  private var fixture: GoldenFixture { tiny.fixture }

  init() throws { tiny = try SiTTiny() }

  @Test func theModelIsTheManifests() { expectSizes(tiny.sizes, of: tiny.model) }

  @Test(arguments: try SiTTiny.caseNames) func everyOutputMatches(id: String) throws {
    let golden = try fixture.case(id)
    let answers =
      switch golden.kind {
      case .forward: try forward(golden)
      case .loss: try loss(golden)
      case .optimizerSteps: try optimizerSteps(golden)
      case .sampling: try sampling(golden)
      case .norms: try SiTNormProbe(tiny.model.configuration).norms(golden, fixture)
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

  private func value(_ golden: GoldenFixture.Case, _ backbone: any Backbone) throws
    -> ObjectiveValue
  {
    try FlowMatching().value(
      clean: DiffusionState(fixture.input("x0", of: golden)),
      noise: DiffusionState(fixture.input("noise", of: golden)),
      times: fixture.input("t", of: golden).scalars(Double.self),
      conditions: .init(classes: fixture.labels(of: golden), of: tiny.sizes.numClasses),
      backbone: backbone)
  }

  private func loss(_ golden: GoldenFixture.Case) throws -> [String: Tensor] {
    let recording = RecordingBackbone(tiny.model)
    let value = try value(golden, recording)
    try value.total.backward()
    var answers = try tiny.model.gradients(in: golden.params.parameterOrder)
    #expect(golden.params.parameterOrder == tiny.model.trainableParameters.map(\.name))
    (answers["loss"], answers["per_sample"]) = (value.total, value.perImage)
    (answers["x_t"], answers["v"]) = (recording.inputs.first?.item, recording.outputs.first)
    return answers
  }

  private func optimizerSteps(_ golden: GoldenFixture.Case) throws -> [String: Tensor] {
    let run = try OptimizerRun(tiny.model, golden.params) { try value(golden, tiny.model) }
    var answers = run.answers
    answers["losses"] = try Tensor.stacked(run.values.dropLast().map(\.total))
    return answers
  }

  private func sampling(_ golden: GoldenFixture.Case) throws -> [String: Tensor] {
    let noise = golden.inputs["noise"] == nil ? nil : try fixture.input("noise", of: golden)
    let path = try SampledPath(
      FlowSampler(golden.params), tiny.model, labels: fixture.labels(of: golden),
      start: DiffusionState(fixture.input("x", of: golden)), noise: noise.map { .init($0) })
    path.expectEvaluations(of: golden.params)
    return path.answers
  }
}
