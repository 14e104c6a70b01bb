import Diagnostics
import DiffusionMath
import Models
import Nets
import Samples
import Sampling
import Tensors
import TestSupport
import Testing

@Suite struct FlowSamplerTests {
  private let model: SiT
  private var sampler = FlowSampler()

  init() throws {
    model = try SiT(
      SiTConfiguration(
        size: TransformerSize(depth: 2, width: 32, heads: 2), patch: 2, channels: 3, side: 8,
        classCount: 5))
    try model.randomize(seed: 9)
    sampler.steps = 4
  }

  private func sample(
    _ sampler: FlowSampler, indices: [Int], seed: UInt64 = 1, policy: (any StepPolicy)? = nil
  ) throws -> Tensor {
    try sampler.sample(
      model,
      SampleRequest(
        indices.map { Condition(label: $0 % 5) }, indices: indices, seed: seed, device: .cpu,
        policy: policy))
  }

  @Test(arguments: Solver.allCases) func guidanceOfOneIsNoGuidance(solver: Solver) throws {
    var sampler = sampler
    sampler.solver = solver
    let plain = try sample(sampler, indices: [0, 1, 2])
    sampler.guidance = Guidance(scale: 1, low: 0.2, high: 0.7)
    let diary = RecordingPolicy()
    #expect(try sample(sampler, indices: [0, 1, 2], policy: diary).bytes() == plain.bytes())
    #expect(diary.evaluations.allSatisfy { !$0.isGuided })
    sampler.guidance = Guidance(scale: 2)
    let guided = try PlainArray(sample(sampler, indices: [0, 1, 2]))
    #expect(guided.distance(to: try PlainArray(plain)) > 1e-3)
  }

  /// Where the velocity is zero, a sample is the noise it started from.
  @Test func samplesStartFromNoiseOfTheGivenScale() throws {
    let still = PlainBackbone(itemShape: [1, 2, 2]) { x, _, _ in try x * 0 }
    var sampler = FlowSampler()
    sampler.steps = 2
    let draw = {
      try sampler.sample(
        still,
        SampleRequest(.init(classes: [0, 1], of: 10), indices: [0, 1], seed: 3, device: .cpu))
    }
    let plain = try draw()
    sampler.formulation.noiseScale = 2
    #expect(try draw().bytes() == (plain * 2).bytes())
    #expect(try plain.magnitude().max().item() > 0.1)
  }

  @Test func guidanceOutsideItsIntervalIsNoGuidance() throws {
    var sampler = sampler
    let plain = try sample(sampler, indices: [0, 1])
    sampler.guidance = Guidance(scale: 3, low: 0.3, high: 0.4)
    // The grid visits 1, 0.75, 0.5 and 0.25 only.
    #expect(try sample(sampler, indices: [0, 1]).bytes() == plain.bytes())
  }

  @Test func theIntervalHoldsBothItsEnds() {
    let guidance = Guidance(scale: 2, low: 0.25, high: 0.75)
    for (t, active) in [(0.24, false), (0.25, true), (0.5, true), (0.75, true), (0.76, false)] {
      #expect(guidance.isActive(at: t) == active)
    }
    #expect(!Guidance.none.isActive(at: 0.5))
  }

  /// Picture 5 is picture 5 in a batch of 1, 3 and 8. Its noise agrees bit for bit; products of
  /// matrices may round otherwise in another batch, by some 1e-7 of values of about 1 each step.
  @Test(arguments: Solver.allCases) func picturesDoNotDependOnTheBatch(solver: Solver) throws {
    var sampler = sampler
    sampler.solver = solver
    sampler.guidance = Guidance(scale: 1.5)
    let batches = [[5], [4, 5, 6], [0, 1, 2, 3, 4, 5, 6, 7]]
    let pictures = try batches.map { indices in
      let row = try #require(indices.firstIndex(of: 5))
      return try PlainArray(sample(sampler, indices: indices).sliced(0, row..<row + 1))
    }
    for picture in pictures.dropFirst() { #expect(picture.distance(to: pictures[0]) < 2e-5) }
    let other = try PlainArray(sample(sampler, indices: [5], seed: 2))
    #expect(other.distance(to: pictures[0]) > 0.1)
  }

  /// A network that answers with the noise it was given first shows that noise.
  @Test(arguments: Solver.allCases) func noiseDoesNotDependOnTheBatch(solver: Solver) throws {
    var sampler = sampler
    sampler.solver = solver
    let zero = PlainBackbone(itemShape: [3, 8, 8], classCount: 5) { x, _, _ in try x * 0 }
    let pictures = try [[5], [4, 5, 6], [0, 1, 2, 3, 4, 5, 6, 7]].map { indices in
      let samples = try sampler.sample(
        zero,
        SampleRequest(
          .init(classes: indices.map { _ in 0 }, of: 10), indices: indices, seed: 1, device: .cpu))
      let row = try #require(indices.firstIndex(of: 5))
      return try samples.sliced(0, row..<row + 1).bytes()
    }
    #expect(pictures[1] == pictures[0])
    #expect(pictures[2] == pictures[0])
  }

  /// With a perfect clean prediction the floor leaves 0.017136 of the noise after 50 Heun steps.
  @Test func theFloorActsAsPublished() throws {
    var sampler = FlowSampler()
    (sampler.formulation.prediction, sampler.formulation.floor) = (.clean, 0.05)
    let clean = PlainArray.example([1, 2, 2])
    let oracle = PlainBackbone(itemShape: [1, 2, 2]) { x, _, _ in
      try clean.tensor(.float32).unsqueezed(0).expanded(x.shape)
    }
    let noise = PlainArray.example([1, 1, 2, 2], phase: 0.6)
    let end = try PlainArray(
      sampler.sample(
        oracle,
        SampleRequest(
          [Condition(label: 0)], indices: [0], noise: RecordedNoise(start: noise.tensor()),
          device: .cpu)))
    let expected = PlainArray([1, 1, 2, 2]) { i in
      let x = clean[Array(i.dropFirst())]
      return x + 0.017136 * (noise[i] - x)
    }
    #expect(end.distance(to: expected) < 3e-6)
  }

  /// The exact fields of normal data, told as clean data and as velocity, give the same pictures; the
  /// noise prediction cannot say anything about data at `t = 1` and starts below it by its floor.
  @Test func predictionsAreReadAsWhatTheyMean() throws {
    // Data N(0, 1): E[clean] = (1 − t)x/s and E[noise] = tx/s with s = (1 − t)² + t².
    func picture(_ prediction: PredictionTarget, floor: Double = 0) throws -> PlainArray {
      let network = PlainBackbone(itemShape: [1, 2, 2]) { x, t, _ in
        let share = try x / ((1 - t).squared() + t.squared())
        return switch prediction {
        case .clean: try share * (1 - t)
        case .noise: try share * t
        case .velocity: try share * (2 * t - 1)
        }
      }
      var sampler = sampler
      sampler.steps = 200
      (sampler.formulation.prediction, sampler.formulation.floor) = (prediction, floor)
      return try PlainArray(
        sampler.sample(
          network, SampleRequest(.init(classes: [0], of: 7), indices: [0], seed: 3, device: .cpu)))
    }
    let velocity = try picture(.velocity)
    // N(0, 1) at both ends: the flow brings every state back to where it started.
    let start = try PlainArray(
      Tensor.normal(
        [RandomStream(seed: 3, purpose: "sampling/noise/initial", index: 0)], rowShape: [1, 2, 2]))
    #expect(velocity.distance(to: start) < 1e-2)
    #expect(try picture(.clean).distance(to: velocity) < 1e-5)
    #expect(try picture(.noise, floor: 1e-3).distance(to: velocity) < 5e-2)
  }

  @Test func labelsAreGivenInOrderAndNullRowsFollow() throws {
    let network = PlainBackbone(itemShape: [1, 2, 2], classCount: 7) { x, _, _ in x }
    var sampler = sampler
    (sampler.solver, sampler.steps, sampler.guidance) = (.euler, 1, Guidance(scale: 2))
    _ = try sampler.sample(
      network,
      SampleRequest(.init(classes: [3, 7], of: 7), indices: [0, 1], seed: 1, device: .cpu))
    #expect(network.labels == [[3, 7, 7, 7]])
    #expect(network.times == [[1, 1, 1, 1]])
  }

  @Test func reducedPrecisionStaysClose() throws {
    var sampler = sampler
    let exact = try PlainArray(sample(sampler, indices: [0, 1]))
    sampler.computation = .bfloat16
    let reduced = try sample(sampler, indices: [0, 1])
    #expect(reduced.dtype == .float32)
    let distance = try PlainArray(reduced).distance(to: exact)
    #expect(distance > 0 && distance < 0.3)
  }

  @Test(arguments: [-1, 6]) func labelsOutOfRangeAreRefused(label: Int) {
    let error = #expect(throws: PeregrineError.self) {
      try sampler.sample(
        model,
        SampleRequest(.init(classes: [0, label], of: 5), indices: [0, 1], seed: 1, device: .cpu))
    }
    #expect(error?.code == .usage)
    #expect(error?.description.contains("class \(label)") == true)
    #expect(error?.description.contains("0 to 4") == true)
  }

  @Test func requestsThatDoNotFitAreRefused() {
    let unequal = #expect(throws: PeregrineError.self) {
      try sampler.sample(
        model, SampleRequest(.init(classes: [0, 1], of: 5), indices: [0], seed: 1, device: .cpu))
    }
    #expect(unequal?.code == .usage)
    var none = sampler
    none.steps = 0
    let stepless = #expect(throws: PeregrineError.self) { try sample(none, indices: [0]) }
    #expect(stepless?.code == .usage)
  }

  @Test(arguments: [Double.nan, .infinity]) func statesThatLeaveTheNumbersAreAnError(value: Double)
    throws
  {
    let broken = PlainBackbone(itemShape: [1, 2, 2]) { x, _, _ in try x * 0 + value }
    let error = #expect(throws: PeregrineError.self) {
      try sampler.sample(
        broken, SampleRequest(.init(classes: [0], of: 10), indices: [0], seed: 1, device: .cpu))
    }
    #expect(error?.code == .nonFinite)
    #expect(error?.code.exitStatus == 20)
  }

  @Test func samplingRecordsNothingForGradients() throws {
    let before = Tensor.liveCountOfThread
    let samples = try sample(sampler, indices: [0])
    #expect(!samples.requiresGradient)
    withExtendedLifetime(samples) { #expect(Tensor.liveCountOfThread == before + 1) }
  }
}
