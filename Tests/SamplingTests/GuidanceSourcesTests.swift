import Diagnostics
import DiffusionMath
import Models
import Nets
import Samples
import Sampling
import Tensors
import TestSupport
import Testing

/// Guidance away from a prediction that skips tokens or blocks.
@Suite struct GuidanceSourcesTests {
  private let model: SiT
  private let tread: TREAD

  init() throws {
    var configuration = SiTConfiguration(
      size: TransformerSize(depth: 5, width: 32, heads: 2), patch: 2, channels: 2, side: 8,
      classCount: 5)
    configuration.options.sprint = SprintShape()
    model = try SiT(configuration)
    try model.initialize(seed: 2)
    try model.randomize(seed: 2)
    tread = try TREAD([.init(blocks: 2...2, rate: 0.2)], depth: 5)
  }

  private func sampler(_ change: (inout Guidance) throws -> Void) rethrows -> FlowSampler {
    var sampler = FlowSampler()
    sampler.solver = .euler
    sampler.steps = 3
    sampler.guidance = Guidance(scale: 1.8)
    try change(&sampler.guidance)
    return sampler
  }

  private func sample(_ sampler: FlowSampler, indices: [Int] = [0, 1, 2]) throws -> PlainArray {
    try PlainArray(
      sampler.sample(
        model,
        SampleRequest(
          indices.map { Condition(label: $0 % 5) }, indices: indices, seed: 4, device: .cpu)))
  }

  /// One step by hand: both predictions keep the label, the weak one skips the middle.
  @Test(arguments: [true, false]) func pathDropIsTheFormula(dropsLabel: Bool) throws {
    let dropped: Set<ConditionKind> = dropsLabel ? .all : []
    var sampler = sampler { $0.weak = .withoutPath(middle: 2..<3, dropping: dropped) }
    sampler.steps = 1
    let start = try PlainArray.example([2, 2, 8, 8]).tensor(.float32)
    let found = try sampler.sample(
      model,
      SampleRequest(
        [Condition(label: 1), Condition(label: 3)], indices: [0, 1],
        noise: RecordedNoise(start: start), device: .cpu))
    let predict = { (labels: [Int64], route: SprintRoute?) in
      try model(
        start, time: Tensor([1.0, 1], shape: [2], dtype: .float32),
        conditions: Conditions(labels: Tensor(labels, shape: [2])),
        context: ForwardContext(route: route))
    }
    let strong = try predict([1, 3], nil)
    let weak = try predict(
      dropsLabel ? [5, 5] : [1, 3], SprintRoute(droppingPathOf: 2, middle: 2..<3))
    let expected = try start - (weak + (strong - weak) * 1.8)
    #expect(try PlainArray(found).distance(to: PlainArray(expected)) < 1e-4)
    #expect(try PlainArray(strong).distance(to: PlainArray(weak)) > 1e-3)
  }

  /// A picture's routes are its own, whatever is drawn beside it.
  @Test func routedGuidanceDoesNotDependOnTheBatch() throws {
    let weak = try TREAD([.init(blocks: 2...2, rate: 0.8)], depth: 5)
    let sampler = sampler {
      $0.routing = tread
      $0.weak = WeakPrediction(dropping: [], routing: weak)
    }
    let all = try sample(sampler, indices: [0, 1, 2, 3])
    let one = try sample(sampler, indices: [2])
    let size = one.values.count
    let row = Array(all.values[2 * size..<3 * size])
    #expect(zip(row, one.values).allSatisfy { abs($0 - $1) < 1e-5 })
    #expect(try sample(sampler) == sample(sampler), "the same seed draws the same routes")
    #expect(try sample(sampler).distance(to: sample(self.sampler { _ in })) > 1e-3)
  }

  /// Where both predictions have the label and all tokens, guidance leads nowhere, whatever its scale.
  @Test func withoutADifferenceGuidanceIsNothing() throws {
    let same = sampler { $0.weak = WeakPrediction(dropping: []) }
    var plain = same
    plain.guidance = .none
    #expect(try sample(same).distance(to: sample(plain)) < 1e-5)
  }

  @Test func routesAndAccelerationAreRefusedTogether() throws {
    let sampler = sampler { $0.weak = .withoutPath(middle: 2..<3, dropping: .all) }
    let error = #expect(throws: PeregrineError.self) {
      try sampler.sample(
        model,
        SampleRequest(
          [Condition(label: 1)], indices: [0], seed: 0, device: .cpu, policy: ComputeEverything()))
    }
    #expect(error?.code == .usage)
  }
}

private final class ComputeEverything: StepPolicy {
  func begin(_ evaluation: NetworkEvaluation) {}
  func output(of work: Work) throws -> Tensor { try work.compute(work.rows) }
}
