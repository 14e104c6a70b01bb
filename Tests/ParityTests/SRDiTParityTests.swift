import DiffusionMath
import Nets
import Samples
import Sampling
import Tensors
import TestSupport
import Testing

@testable import Models

/// SR-DiT against the reference: forward passes in evaluation and training, its four loss terms, ten
/// optimizer steps, and the sampler with every intermediate state.
@Suite struct SRDiTParityTests {
  private let tiny: SRDiTTiny
  private var fixture: GoldenFixture { tiny.fixture }

  init() throws { tiny = try SRDiTTiny() }

  @Test func theModelIsTheManifests() { expectSizes(tiny.sizes, of: tiny.model) }

  @Test(arguments: try SRDiTTiny.caseNames) func everyOutputMatches(id: String) throws {
    let golden = try fixture.case(id)
    let answers =
      switch golden.kind {
      case .forward: try forward(golden)
      case .loss: try SRDiTLoss(tiny).answers(golden)
      case .optimizerSteps: try SRDiTLoss(tiny).optimizerSteps(golden)
      case .sampling: try sampling(golden)
      case .norms: try norms(golden)
      }
    let missed = try fixture.departures(of: golden, answers)
    #expect(missed == [])
  }

  private func forward(_ golden: GoldenFixture.Case) throws -> [String: Tensor] {
    let run = try tiny.run(golden)
    let embeddings = try tiny.model.embeddings(
      fixture.input("x", of: golden), classToken: fixture.input("cls", of: golden),
      time: fixture.input("t", of: golden), labels: fixture.input("y", of: golden))
    var answers = run.answers.merging(embeddings) { $1 }
    // The decoder's input is the fusion of the encoder's and the middle blocks' tokens.
    answers["mid.fusion_proj"] = run.input(ofBlock: tiny.middle.upperBound)
    return answers
  }

  private func norms(_ golden: GoldenFixture.Case) throws -> [String: Tensor] {
    let bare = try SiTNormProbe(tiny.model.configuration).norms(golden, fixture)
    return try tiny.model.norms(golden, fixture).merging(bare) { $1 }
  }

  private func sampler(_ params: GoldenFixture.Parameters) throws -> FlowSampler {
    var sampler = try FlowSampler(params)
    if params.nullBranchUsesPathDrop == true {
      sampler.guidance.weak = .withoutPath(middle: tiny.middle, dropping: .all)
    }
    return sampler
  }

  private func sampling(_ golden: GoldenFixture.Case) throws -> [String: Tensor] {
    let sampler = try sampler(golden.params)
    let path = try SampledPath(
      sampler, tiny.model, labels: fixture.labels(of: golden),
      start: tiny.pair("x", "cls", of: golden), noise: tiny.pair("noise", "noise_cls", of: golden))
    let guided = sampler.grid.times.dropLast().map { sampler.guidance.isActive(at: $0) }
    #expect(guided == golden.params.guidedStep)
    return path.answers
  }

  @Test func withoutTheMiddleItsBlocksDoNotRun() throws {
    let golden = try #require(fixture.cases.first { $0.params.uncond == true })
    let run = try tiny.run(golden)
    for block in 0..<tiny.sizes.depth {
      #expect((run.output(ofBlock: block) == nil) == tiny.middle.contains(block))
    }
  }

  @Test func theDroppedPathGivesTheMiddleNoGradient() throws {
    let golden = try #require(fixture.cases.first { $0.params.exactlyZeroGradient != nil })
    try SRDiTLoss(tiny).value(golden).total.backward()
    let untouched = Set(try #require(golden.params.exactlyZeroGradient))
    #expect(!untouched.isEmpty)
    for entry in tiny.model.trainableParameters {
      let size = try entry.parameter.value.gradient()?.magnitude().max().item() ?? 0
      #expect((size == 0) == untouched.contains(entry.name), "\(entry.name)")
    }
  }

  /// The recorded random numbers give the recorded kept tokens: the positions of the smallest numbers.
  @Test func keptTokensAreTheReferences() throws {
    let golden = try #require(fixture.cases.first { $0.inputs["ids_keep"] != nil })
    let draws = try fixture.value("in/route_uniform").scalars(Double.self)
    let kept = try fixture.input("ids_keep", of: golden).scalars(Int64.self)
    let (routing, tokens, count) = tiny.training
    #expect(tokens == tiny.model.tokenCount)
    #expect(routing.keptCount(of: tokens) == count)
    #expect(draws.count / tokens == kept.count / count)
    for row in 0..<draws.count / tokens {
      let found = SprintRouting.places(
        ofSmallest: count, in: Array(draws[row * tokens..<(row + 1) * tokens]))
      #expect(found == Array(kept[row * count..<(row + 1) * count]))
    }
  }

  /// The tables that we compute equal those in the reference's checkpoint.
  @Test func fixedTablesAreTheReferences() throws {
    let fresh = try SiT(tiny.model.configuration)
    try fresh.initialize(seed: 1)
    for entry in fresh.namedParameters where !entry.parameter.isTrainable {
      let expected = try PlainArray(#require(fixture.weights[entry.name]))
      #expect(
        try PlainArray(entry.parameter.value).distance(to: expected) < 1e-6, "\(entry.name)")
    }
  }

  /// Small inputs reveal a different epsilon in the norms.
  @Test(arguments: ["q_norm", "k_norm"]) func smallInputsTellEpsilonsApart(role: String) throws {
    let golden = try fixture.first(.norms)
    let path = try #require(golden.norm(of: role))
    let gain = try #require((tiny.model.module(path) as? RMSNorm)?.weight)
    let expected = try PlainArray(fixture.output(role, of: golden))
    let tolerance = try #require(golden.outputs[role]).tolMaxAbs
    for (epsilon, isRight) in [(RMSNorm.implicitEpsilon, true), (1e-6, false), (1e-5, false)] {
      let norm = try RMSNorm(width: gain.value.count, gain: true, epsilon: epsilon)
      try norm.load(["weight": gain.value], from: role)
      let answer = try PlainArray(norm(fixture.input("head", of: golden)))
      #expect((answer.distance(to: expected) <= tolerance) == isRight, "\(epsilon)")
    }
  }

  @Test(arguments: [Solver.euler, .heun])
  func otherSolversReachTheDataToo(solver: Solver) throws {
    let golden = try fixture.first(.sampling)
    let start = try tiny.pair("x", "cls", of: golden)
    let sample = { (steps: Int) in
      var sampler = FlowSampler()
      sampler.solver = solver
      sampler.steps = steps
      return try PlainArray(
        sampler.sample(
          tiny.model,
          SampleRequest(
            .init(classes: fixture.labels(of: golden), of: tiny.sizes.numClasses),
            indices: Array(0..<start.item.shape[0]),
            noise: RecordedNoise(start: start.item, classToken: start.classToken), device: .cpu)))
    }
    let (coarse, fine, finest) = (try sample(4), try sample(16), try sample(64))
    #expect(fine.distance(to: finest) < 0.5 * coarse.distance(to: finest))
  }
}
