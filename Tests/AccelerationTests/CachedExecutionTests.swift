import Acceleration
import CachePolicies
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

  /// Decides by a fixed list, over and over; the first step is always full.
  private struct Scripted: CachePolicy {
    var fulls: @Sendable (Int) -> Bool
    func decide(_ step: Int, _ reading: CacheReading) -> CacheDecision {
      fulls(step) ? .full(.schedule) : .forecast(.schedule)
    }
  }

  private static let sites = [CacheSite.tail(after: 0), .tail(after: 2), .stack, .modules]

  @Test(arguments: families, [Solver.euler, .heun, .eulerMaruyama])
  func computingEverythingIsThePlainSampler(family: String, solver: Solver) throws {
    let (model, sampler) = (try model(family), sampler(solver))
    for (count, dtype) in [(1, DType.float32), (4, .float32), (4, .bfloat16)] {
      var sampler = sampler
      sampler.computation = dtype
      let plain = try sampler.sample(model, request(count))
      for site in Self.sites {
        let cached = CachedSampler(sampler, CacheConfiguration(Scripted { _ in true }, at: site))
        #expect(try cached.sample(model, request(count)).bytes() == plain.bytes())
        #expect(cached.costs.total.share == 1)
        #expect(cached.costs.total.full > 0)
      }
    }
  }

  /// For an unchanged state the cache gives exactly the network's output.
  @Test(arguments: families) func anUnmovedStateIsAnsweredExactly(family: String) throws {
    let model = try model(family)
    let input = try ModelInput(rows: 3, of: model)
    for site in Self.sites {
      let execution = CachedExecution(CacheConfiguration(Scripted { $0 == 0 }, at: site))
      try execution.start(SamplingTrajectory(times: [0.5, 0.5], depth: model.depth))
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
      #expect(second.distance(to: first) < 1e-4, "\(site)")
      #expect(execution.trace.map(\.isFull) == [true, true, true, false, false, false])
      #expect(execution.trace.map(\.order) == [nil, nil, nil, 0, 0, 0])
      #expect(execution.cost.share < 0.9)
    }
  }

  /// In one of two evaluations, three of four blocks are answered from the cache; the probe counts.
  @Test func theProbeIsPartOfTheCost() throws {
    let (model, sampler) = (try model("SiT"), sampler(.euler, guidance: 1))
    let cached = CachedSampler(
      sampler, CacheConfiguration(Scripted { $0.isMultiple(of: 2) }, at: .tail(after: 0)))
    _ = try cached.sample(model, request(2))
    let share = cached.costs.total.share
    #expect(abs(share - (3 + 3 * 0.25) / 6) < 0.01)
    let execution = CachedExecution(CacheConfiguration(Scripted { $0.isMultiple(of: 2) }))
    _ = try sampler.sample(model, request(1, policy: execution))
    #expect(execution.trace.map(\.order) == [nil, 0, nil, 0, nil, 0])
  }

  /// Decisions are made per picture, so a picture equals the one that is drawn alone.
  @Test(arguments: families) func picturesDoNotDependOnTheBatch(family: String) throws {
    let (model, sampler) = (try model(family), sampler())
    let cached = CachedSampler(sampler, CacheConfiguration(FirstBlockCache(threshold: 0.25)))
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

  /// Decides for pictures by their numbers, which a policy cannot see; so the pictures' first
  /// readings tell them apart.
  @Test(arguments: sites) func picturesOfABatchAreDecidedAboutOneByOne(site: CacheSite) throws {
    final class Count: @unchecked Sendable { var begun = 0 }
    struct EveryOtherPicture: CachePolicy {
      let count: Count
      var isFirst = false
      mutating func begin(_ plan: CachePlan) {
        isFirst = count.begun.isMultiple(of: 2)
        count.begun += 1
      }
      func decide(_ step: Int, _ reading: CacheReading) -> CacheDecision {
        isFirst ? .forecast(.low) : .full(.risk)
      }
    }
    let (model, sampler) = (try model("SiT"), sampler())
    let plain = try sampler.sample(model, request(3))
    let execution = CachedExecution(
      CacheConfiguration(EveryOtherPicture(count: Count()), at: site))
    let mixed = try sampler.sample(model, request(3, policy: execution))
    func distance(_ row: Int) throws -> Double {
      try PlainArray(mixed.sliced(0, row..<row + 1)).distance(
        to: PlainArray(plain.sliced(0, row..<row + 1)))
    }
    #expect(try distance(1) < 1e-4)
    #expect(try distance(0) > 1e-3)
    #expect(try distance(2) > 1e-3)
    // The first evaluation has no caches, and the first guided one has none for the weak predictions.
    let steps = (0..<3).map { step in execution.trace.filter { $0.step == step }.map(\.isFull) }
    #expect(
      steps == [[true, true, true], [true, true, true], [false, true, false]], "\(steps)")
    #expect(execution.trace.first?.reason == .noAnchor)
  }

  @Test func aSynchronizedBatchTakesTheUnion() throws {
    let (model, sampler) = (try model("SiT"), sampler(.euler, guidance: 1))
    var configuration = CacheConfiguration(FirstBlockCache(threshold: 0.3))
    let execution = CachedExecution(configuration)
    _ = try sampler.sample(model, request(4, policy: execution))
    let alone = Dictionary(grouping: execution.trace, by: \.step)
    #expect(alone.values.contains { Set($0.map(\.isFull)).count == 2 })
    configuration.synchronizesBatch = true
    let together = CachedExecution(configuration)
    _ = try sampler.sample(model, request(4, policy: together))
    for step in Dictionary(grouping: together.trace, by: \.step).values {
      #expect(Set(step.map(\.isFull)).count == 1)
    }
  }

  @Test func aHigherThresholdComputesLess() throws {
    let (model, sampler) = (try model("SiT"), sampler(.euler, guidance: 1))
    let shares = try [0, 0.1, 0.4, 10].map { threshold in
      let cached = CachedSampler(
        sampler, CacheConfiguration(FirstBlockCache(threshold: threshold)))
      _ = try cached.sample(model, request(2))
      return cached.costs.total.share
    }
    #expect(shares == shares.sorted(by: >))
    #expect(shares[0] == 1)
    #expect(shares[3] < 0.4)
  }

  /// A forecast of order 1 from two full steps is nearer to the network than reuse.
  @Test(arguments: sites) func forecastsFollowTheTrajectory(site: CacheSite) throws {
    let model = try model("SiT")
    var sampler = sampler(.euler, guidance: 1)
    sampler.steps = 24
    let plain = try PlainArray(sampler.sample(model, request(2)))
    func error(_ forecast: any Forecast) throws -> Double {
      let cached = CachedSampler(
        sampler,
        CacheConfiguration(Scripted { $0 < 3 || $0.isMultiple(of: 3) }, at: site, by: forecast))
      return try PlainArray(cached.sample(model, request(2))).distance(to: plain)
    }
    let (reused, linear) = (try error(ReuseForecast()), try error(NewtonForecast(order: 1)))
    #expect(linear < 0.7 * reused, "\(linear) for \(reused)")
  }

  /// The second evaluation of Heun's step has caches of its own.
  @Test func theStagesOfAStepShareADecisionAndNoCache() throws {
    let (model, sampler) = (try model("SiT"), sampler(.heun, guidance: 1))
    let execution = CachedExecution(
      CacheConfiguration(Scripted { $0.isMultiple(of: 2) }, by: NewtonForecast(order: 1)))
    let cached = try sampler.sample(model, request(2, policy: execution))
    #expect(execution.trace.map(\.step) == (0..<6).flatMap { [$0, $0] })
    #expect(try cached.isFinite().all())
    // Six steps make eleven evaluations; the three forecast steps are five of them.
    #expect(abs(execution.cost.share - (6 + 5 * 0.25) / 11) < 0.01)
  }

  @Test func cachesDoNotOutliveATrajectory() throws {
    let (model, sampler) = (try model("SiT"), sampler())
    let execution = CachedExecution(CacheConfiguration(FirstBlockCache(threshold: 10)))
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
      try CachedSampler(sampler, CacheConfiguration(FirstBlockCache(threshold: 1)))
        .sample(model, twice)
    }
    #expect(error?.code == .usage)
  }

  @Test(arguments: [CacheSite.stack, .modules, .tail(after: 3), .tail(after: 9)])
  func aSiteThatIsNotBehindTheProbeIsRefused(site: CacheSite) throws {
    let (model, sampler) = (try model("SiT"), sampler())
    let error = #expect(throws: PeregrineError.self) {
      try CachedSampler(sampler, CacheConfiguration(FirstBlockCache(threshold: 1), at: site))
        .sample(model, request(1))
    }
    #expect(error?.code == .usage)
  }

  /// Elsewhere the last block does not run, so nothing would ever be checked.
  @Test(arguments: [CacheSite.stack, .tail(after: 0)])
  func checksNeedModules(site: CacheSite) throws {
    let (model, sampler) = (try model("SiT"), sampler())
    let error = #expect(throws: PeregrineError.self) {
      try CachedSampler(sampler, CacheConfiguration(SpeCa.dit, at: site)).sample(model, request(1))
    }
    #expect(error?.code == .usage && error?.expected.contains("`modules`") == true)
    _ = try CachedSampler(sampler, CacheConfiguration(SpeCa.dit, at: .modules))
      .sample(model, request(1))
  }

  /// What is cached is never computed, so NaN in its weights does not reach the picture.
  @Test func skippedBlocksAreNotComputed() throws {
    let (model, sampler) = (try model("SiT"), sampler(.euler, guidance: 1))
    final class Spoiler: @unchecked Sendable { var spoil: () throws -> Void = {} }
    struct FirstOnly: CachePolicy {
      let spoiler: Spoiler
      func decide(_ step: Int, _ reading: CacheReading) -> CacheDecision {
        step == 0 ? .full(.warmUp) : .forecast(.low)
      }
      func observe(_ step: Int, _ outcome: CacheOutcome) {
        if step == 0 { try? spoiler.spoil() }
      }
    }
    let spoiler = Spoiler()
    spoiler.spoil = {
      for entry in model.namedParameters where entry.name.hasPrefix("blocks.2.") {
        try entry.parameter.value.copy(from: entry.parameter.value * Double.nan)
      }
    }
    let cached = CachedSampler(sampler, CacheConfiguration(FirstOnly(spoiler: spoiler)))
    let samples = try cached.sample(model, request(1))
    #expect(try samples.isFinite().all())
    #expect(throws: PeregrineError.self) { _ = try sampler.sample(model, request(1)) }
  }

  /// A checked forecast runs the last block once more; a rejected one is a full step.
  @Test func checkedForecastsMeasureAndReject() throws {
    final class Errors: @unchecked Sendable { var found: [Double] = [] }
    struct Checked: CachePolicy {
      let limit: Double?
      let errors: Errors
      func decide(_ step: Int, _ reading: CacheReading) -> CacheDecision {
        step == 0
          ? .full(.warmUp) : CacheDecision(.checkedForecast(limit: limit), .low)
      }
      func observe(_ step: Int, _ outcome: CacheOutcome) {
        if let error = outcome.error { errors.found.append(error) }
      }
    }
    let (model, sampler) = (try model("SiT"), sampler(.euler, guidance: 1))
    let plain = try sampler.sample(model, request(1))
    func run(_ limit: Double?) throws -> (CachedExecution, Tensor, [Double]) {
      let errors = Errors()
      let execution = CachedExecution(
        CacheConfiguration(Checked(limit: limit, errors: errors), at: .modules))
      return (execution, try sampler.sample(model, request(1, policy: execution)), errors.found)
    }
    let (kept, _, errors) = try run(nil)
    #expect(errors.count == 5 && errors.allSatisfy { $0 > 0 && $0.isFinite })
    #expect(kept.trace.filter(\.isFull).count == 1)
    let (rejected, redone, _) = try run(0)
    #expect(rejected.trace.allSatisfy { $0.isFull })
    #expect(try redone.bytes() == plain.bytes())
    // The rejected forecasts are paid for, too.
    #expect(rejected.cost.share > 1 && kept.cost.share < 1)
  }
}
