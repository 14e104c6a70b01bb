import DiffusionMath
import Models
import Objectives
import Samples
import Sampling
import Tensors
import TestSupport
import Testing

/// JLT against its reference: the network block by block, both losses, and the samplers with every
/// intermediate state.
@Suite struct JLTParityTests {
  private let tiny: JLTTiny
  private var fixture: GoldenFixture { tiny.fixture }

  init() throws { tiny = try JLTTiny() }

  @Test func theModelIsTheManifests() throws { try expectSizes(tiny.sizes, of: tiny.model()) }

  @Test(arguments: try JLTTiny.caseNames) func everyOutputMatches(id: String) throws {
    let golden = try fixture.case(id)
    let answers: [String: Tensor] =
      switch golden.kind {
      case .forward: try forward(golden)
      case .loss: try loss(golden)
      case .sampling: try sampling(golden)
      case .norms: try tiny.model().norms(golden, fixture)
      case .optimizerSteps: [:]
      }
    let missed = try fixture.departures(of: golden, answers)
    #expect(missed == [])
  }

  private func forward(_ golden: GoldenFixture.Case) throws -> [String: Tensor] {
    let embeddings = try tiny.model().embeddings(
      fixture.input("x", of: golden), time: fixture.input("t", of: golden),
      labels: fixture.input("y", of: golden))
    return try tiny.run(golden).answers.merging(embeddings) { $1 }
  }

  /// The prediction target of a case.
  private func prediction(_ golden: GoldenFixture.Case) throws -> PredictionTarget {
    try #require(golden.params.output) == "v" ? .velocity : .clean
  }

  /// A case's unit noise, multiplied by the noise scale.
  private func noise(_ golden: GoldenFixture.Case) throws -> DiffusionState {
    try DiffusionState(
      fixture.input("noise", of: golden) * #require(golden.params.noiseScale))
  }

  private func loss(_ golden: GoldenFixture.Case) throws -> [String: Tensor] {
    let model = try tiny.model(predictsVelocity: prediction(golden) == .velocity)
    let recording = RecordingBackbone(model)
    var objective = FlowMatching()
    objective.formulation.prediction = try prediction(golden)
    objective.formulation.floor = golden.params.tEps ?? 0
    let value = try objective.value(
      clean: DiffusionState(fixture.input("x", of: golden)), noise: noise(golden),
      times: tiny.times(of: golden),
      conditions: .init(classes: fixture.labels(of: golden), of: tiny.sizes.numClasses),
      backbone: recording)
    try value.total.backward()
    var answers = try model.gradients(in: golden.params.parameterOrder)
    (answers["loss"], answers["z"]) = (value.total, recording.inputs.first?.item)
    // The recorded velocity is in JLT's time convention.
    let sign = objective.formulation.prediction == .velocity ? ReversedClock.rate : 1
    answers["net_out"] = try #require(recording.outputs.first) * sign
    return answers
  }

  private func sampling(_ golden: GoldenFixture.Case) throws -> [String: Tensor] {
    let params = golden.params
    let interval = try ReversedClock.guidanceInterval(
      low: #require(params.intervalLow), high: #require(params.intervalHigh))
    var sampler = FlowSampler()
    sampler.formulation.prediction = try prediction(golden)
    sampler.formulation.floor = params.tEps ?? 0
    sampler.solver = try Solver(params.method)
    sampler.steps = try #require(params.steps)
    sampler.guidance = Guidance(
      scale: try #require(params.cfgScale), low: interval.lowerBound, high: interval.upperBound)
    let path = try SampledPath(
      sampler, tiny.model(predictsVelocity: sampler.formulation.prediction == .velocity),
      labels: fixture.labels(of: golden), start: noise(golden), noise: nil)
    path.expectEvaluations(of: params, clock: ReversedClock.time)
    return path.answers
  }

  /// Matrix products in bfloat16 have about three digits; the tokens between blocks stay in float32.
  @Test func bfloat16StaysNear() throws {
    let golden = try fixture.first(.forward)
    let run = try withComputation(in: .bfloat16, on: .cpu) { try tiny.run(golden) }
    let expected = try PlainArray(fixture.output("out", of: golden))
    let distance = try PlainArray(run.item).distance(to: expected)
    print("jlt_tiny in bfloat16: \(distance)")
    #expect(distance > 0 && distance < 0.06)
  }
}
