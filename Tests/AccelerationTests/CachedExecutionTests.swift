import Acceleration
import Diagnostics
import DiffusionMath
import Models
import Nets
import Samples
import Sampling
import Tensors
import TestSupport
import Testing

/// Caches with real backbones: reused outputs, unchanged results and counted cost.
@Suite struct CachedExecutionTests {
  private static let families = ["SiT", "SiT with every part", "JLT", "JiT", "Mamba", "MP-SiT"]

  private func model(_ family: String) throws -> any Backbone {
    let shape = BackboneShape(patch: 2, channels: 3, side: 8, classCount: 5)
    let size = TransformerSize(depth: 4, width: 32, heads: 2)
    let model: any Backbone =
      switch family {
      case "SiT": try SiT(SiTConfiguration(size: size, shape: shape))
      case "SiT with every part": try SiT(everyPart(SiTConfiguration(size: size, shape: shape)))
      case "JLT": try JLT(JLTConfiguration(size: size, shape: shape))
      case "JiT":
        try JiT(JiTConfiguration(size: .init(size, contextStart: 2), shape: shape))
      case "Mamba":
        try Mamba(
          MambaConfiguration(
            size: .init(depth: 4, mixer: SelectiveScanSizes(width: 32)), shape: shape))
      default:
        try MagnitudePreservingSiT(MagnitudePreservingSiTConfiguration(size: size, shape: shape))
      }
    try model.randomize(seed: 3)
    return model
  }

  private func everyPart(_ plain: SiTConfiguration) -> SiTConfiguration {
    var configuration = plain.speedrun(teacherWidth: 16, projectorWidth: 16)
    configuration.options.sprint = SprintShape()
    configuration.options.sprint?.encoderDepth = 1
    configuration.options.sprint?.decoderDepth = 1
    return configuration
  }

  private func request(_ count: Int, policy: (any StepPolicy)? = nil) -> SampleRequest {
    SampleRequest(
      (0..<count).map { Condition(label: $0 % 5) }, indices: Array(0..<count), seed: 1,
      device: .cpu, policy: policy)
  }

  private func sampler(_ solver: Solver = .euler, guidance: Double = 2) -> FlowSampler {
    var sampler = FlowSampler()
    (sampler.solver, sampler.steps) = (solver, 6)
    sampler.guidance = Guidance(scale: guidance, low: 0, high: 0.9)
    return sampler
  }

  @Test(arguments: families, [Solver.euler, .heun])
  func computingEverythingIsThePlainSampler(family: String, solver: Solver) throws {
    let (model, sampler) = (try model(family), sampler(solver))
    for (count, dtype) in [(1, DType.float32), (4, .float32), (4, .bfloat16)] {
      var sampler = sampler
      sampler.computation = dtype
      let plain = try sampler.sample(model, request(count))
      let cached = CachedSampler(sampler, policy: FirstBlockCache(threshold: 0))
      #expect(try cached.sample(model, request(count)).bytes() == plain.bytes())
      #expect(cached.costs.total.share == 1)
      #expect(cached.costs.total.full > 0)
    }
  }

  /// For an unchanged state the cache gives exactly the network's output.
  @Test(arguments: families) func anUnmovedStateIsAnsweredExactly(family: String) throws {
    let model = try model(family)
    let input = try ModelInput(rows: 3, of: model)
    let execution = CachedExecution(FirstBlockCache(threshold: 1e-6))
    let rows = (0..<3).map { RowID(picture: $0) }
    func answer(_ index: Int) throws -> PlainArray {
      try execution.begin(NetworkEvaluation(index: index, time: 0.5, rows: rows))
      return try PlainArray(
        model(
          input.diffusionState, time: input.time, conditions: input.conditions,
          context: ForwardContext(policy: execution, rows: RowSet(rows))
        ).prediction.item)
    }
    let (first, second) = (try answer(0), try answer(1))
    #expect(second.distance(to: first) < 1e-4)
    #expect(
      execution.trace.map(\.decisions) == [
        [.compute, .compute, .compute], [.reuse, .reuse, .reuse],
      ])
    #expect(execution.trace[1].drifts == [.relative(0), .relative(0), .relative(0)])
    // In one of two evaluations, three of four blocks were answered from the cache.
    let saved = 1 - execution.cost.share
    #expect(saved > 0.3 && saved < 0.45)
  }

  /// Decisions are made per picture, so a picture equals the one that is drawn alone.
  @Test(arguments: families) func picturesDoNotDependOnTheBatch(family: String) throws {
    let (model, sampler) = (try model(family), sampler())
    let cached = CachedSampler(sampler, policy: FirstBlockCache(threshold: 0.25))
    let together = try cached.sample(model, request(4))
    #expect(cached.costs.total.share < 1)
    for row in 0..<4 {
      let alone = try cached.sample(
        model,
        SampleRequest([Condition(label: row % 5)], indices: [row], seed: 1, device: .cpu))
      let distance = try PlainArray(alone).distance(
        to: PlainArray(together.sliced(0, row..<row + 1)))
      #expect(distance < 1e-3)
    }
  }

  @Test func picturesOfABatchAreDecidedAboutOneByOne() throws {
    struct EvenPicturesReuse: CachePolicy {
      let site = ComputationSite.tail(after: 0)
      func decide(_ slot: CacheSlot, _ drifts: [Drift]) -> [CacheDecision] {
        slot.pictures.map { $0.isMultiple(of: 2) ? .reuse : .compute }
      }
    }
    let (model, sampler) = (try model("SiT"), sampler())
    let plain = try sampler.sample(model, request(3))
    let execution = CachedExecution(EvenPicturesReuse())
    let mixed = try sampler.sample(model, request(3, policy: execution))
    func distance(_ row: Int) throws -> Double {
      try PlainArray(mixed.sliced(0, row..<row + 1)).distance(
        to: PlainArray(plain.sliced(0, row..<row + 1)))
    }
    #expect(try distance(1) < 1e-4)
    #expect(try distance(0) > 1e-3)
    #expect(try distance(2) > 1e-3)
    // The first evaluation has no caches, and the first guided one has none for the weak predictions.
    #expect(execution.trace[0].decisions == [.compute, .compute, .compute])
    #expect(execution.trace[1].decisions == [.compute, .compute, .compute])
    #expect(execution.trace[2].decisions == [.reuse, .compute, .reuse])
  }

  @Test func aHigherThresholdComputesLess() throws {
    let (model, sampler) = (try model("SiT"), sampler(.euler, guidance: 1))
    let shares = try [0, 0.1, 0.4, 10].map { threshold in
      let cached = CachedSampler(sampler, policy: FirstBlockCache(threshold: threshold))
      _ = try cached.sample(model, request(2))
      return cached.costs.total.share
    }
    #expect(shares == shares.sorted(by: >))
    #expect(shares[0] == 1)
    #expect(shares[3] < 0.4)
  }

  @Test func cachesDoNotOutliveATrajectory() throws {
    let (model, sampler) = (try model("SiT"), sampler())
    let execution = CachedExecution(FirstBlockCache(threshold: 10))
    let first = try sampler.sample(model, request(2, policy: execution))
    let second = try sampler.sample(model, request(2, policy: execution))
    #expect(try first.bytes() == second.bytes())
  }

  @Test func onePictureTwiceIsRefused() throws {
    let (model, sampler) = (try model("SiT"), sampler())
    let twice = SampleRequest(
      [Condition(label: 0), Condition(label: 1)], indices: [3, 3], seed: 1, device: .cpu)
    _ = try sampler.sample(model, twice)
    let error = #expect(throws: PeregrineError.self) {
      try CachedSampler(sampler, policy: FirstBlockCache(threshold: 1)).sample(model, twice)
    }
    #expect(error?.code == .usage)
  }

  @Test func aPolicyThatForgetsAPictureIsAnError() throws {
    struct Forgetful: CachePolicy {
      let site = ComputationSite.tail(after: 0)
      func decide(_ slot: CacheSlot, _ drifts: [Drift]) -> [CacheDecision] { [.compute] }
    }
    let (model, sampler) = (try model("SiT"), sampler())
    #expect(throws: PeregrineError.self) {
      try CachedSampler(sampler, policy: Forgetful()).sample(model, request(2))
    }
  }
}
