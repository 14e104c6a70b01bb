import Diagnostics
import DiffusionMath
import Models
import Nets
import Samples
import Tensors
import TestSupport
import Testing

@Suite struct MambaTests {
  private static func tiny(bidirectional: Bool = true) -> MambaConfiguration {
    MambaConfiguration(
      size: .init(
        depth: 6,
        mixer: SelectiveScanSizes(width: 32, states: 4, isBidirectional: bidirectional)),
      patch: 2, channels: 3, side: 8, classCount: 5)
  }

  private func model(
    _ configuration: MambaConfiguration = tiny(), dtype: DType = .float64
  ) throws -> Mamba {
    let model = try Mamba(configuration)
    try model.initialize(seed: 2)
    try model.randomizeModulation(seed: 5)
    try model.convert(to: dtype, on: .cpu)
    return model
  }

  private func output(
    _ model: Mamba, route: (any TokenRoute)? = nil, dtype: DType = .float64
  ) throws -> Tensor {
    let input = try ModelInput(rows: 2, of: model, dtype: dtype)
    return try model(
      input.state, time: input.time, conditions: input.conditions,
      context: ForwardContext(route: route))
  }

  /// The tokens after a block.
  private func tokens(_ model: Mamba, after block: Int, route: (any TokenRoute)? = nil) throws
    -> Tensor
  {
    let recorder = Recorder()
    let input = try ModelInput(rows: 2, of: model, dtype: .float64)
    _ = try model(
      input.state, time: input.time, conditions: input.conditions,
      context: ForwardContext(route: route, policy: recorder))
    return try #require(recorder.outputs[.block(block)])
  }

  private func route(_ kept: [Int64], blocks: ClosedRange<Int>) throws -> TREADRoute {
    try TREADRoute([
      .init(blocks: blocks, kept: Tensor(kept + kept, shape: [2, kept.count]))
    ])
  }

  @Test func aFreshModelAnswersZero() throws {
    let model = try Mamba(Self.tiny())
    try model.initialize(seed: 1)
    let output = try output(model, dtype: .float32)
    #expect(output.shape == [2, 3, 8, 8])
    #expect(try output.magnitude().max().item() == 0)
  }

  @Test func everyParameterLearns() throws {
    let model = try model()
    try output(model).squared().sum().backward()
    for entry in model.trainableParameters {
      let gradient = try #require(try entry.parameter.value.gradient(), "\(entry.name)")
      #expect(try gradient.magnitude().max().item() > 1e-9, "\(entry.name)")
    }
  }

  @Test func checkpointNamesAreSiTsAroundTheMixer() throws {
    let names = try Mamba(Self.tiny()).state.map(\.name)
    let sit = try SiT(
      SiTConfiguration(
        size: TransformerSize(depth: 6, width: 32, heads: 4), patch: 2, channels: 3, side: 8,
        classCount: 5)
    ).state.map(\.name)
    let own = { (name: String) in name.hasPrefix("blocks.") && !name.contains("adaLN") }
    #expect(names.filter { !own($0) } == sit.filter { !own($0) })
    #expect(names.contains("blocks.5.mixer.A_b_log"))
    #expect(names.filter(own).allSatisfy { $0.contains(".mixer.") })
  }

  /// As many weights as the SiT of the same name within 5 %; the work is by hand.
  @Test(arguments: ["Ti", "XS", "S"])
  func sizesAreComparableWithSiT(name: String) throws {
    let backbones = try ["SiT", "Mamba"].map {
      try Backbones.configuration(
        preset: "\($0)-\(name)/1", item: .grid(channels: 16, sides: [8, 8]),
        conditions: ConditionShape(classes: 10)
      ).makeBackbone()
    }
    let counts = backbones.map { Double($0.parameterCount) }
    print(
      "Mamba-\(name): \(counts[1] / counts[0]) of the SiT's weights,",
      "\(backbones[1].forwardFLOPs / backbones[0].forwardFLOPs) of its work at 64 tokens")
    #expect(abs(counts[1] / counts[0] - 1) < 0.05)
  }

  /// By hand for width 32 and 4 states: 64 channels, rank 2.
  @Test func workIsCountedExactly() throws {
    let model = try Mamba(Self.tiny())
    let direction = 64 * (2 + 8) + 2 * 64 + 64 * (4 + 16 + 2)
    let perToken = 32 * 128 + 64 * 32 + 2 * direction
    #expect(model.blockFLOPs(0, tokens: 16) == Double(2 * (16 * perToken + 32 * 96)))
    #expect(model.blockFLOPs(0, tokens: 0) == 0)
    let ends = 2 * 16 * 12 * 32 + (256 + 32) * 32 + 2 * 32 * 32
    #expect(model.forwardFLOPs == 6 * model.blockFLOPs(0, tokens: 16) + Double(2 * ends))
  }

  @Test(arguments: [nil, 0, 0.01] as [Double?]) func withoutARouteNoBitChanges(rate: Double?) throws
  {
    let model = try model(dtype: .float32)
    let blocks = rate.map { [TREAD.Route(blocks: 1...4, rate: $0)] } ?? []
    let streams = (0..<2).map { RandomStream(seed: 3, purpose: "route", index: UInt64($0)) }
    let route = try TREAD(blocks, depth: 6).route(
      streams: streams, batch: streams[0], tokens: model.tokenCount)
    let plain = try output(model, dtype: .float32)
    #expect(try output(model, route: route, dtype: .float32).bytes() == plain.bytes())
    #expect(try plain.magnitude().max().item() > 0.1)
  }

  /// A causal model on the first tokens alone does what it does on all of them.
  @Test func aKeptPrefixOfACausalModelIsTheDensePrefix() throws {
    let kept = (0..<7).map(Int64.init)
    for bidirectional in [false, true] {
      let model = try model(Self.tiny(bidirectional: bidirectional))
      let dense = try PlainArray(tokens(model, after: 4).sliced(1, 0..<7))
      let routed = try PlainArray(tokens(model, after: 4, route: route(kept, blocks: 1...4)))
      let distance = routed.distance(to: dense)
      #expect(bidirectional ? distance > 1e-3 : distance < 1e-12, "\(distance)")
    }
  }

  /// What a token that skips says does not matter to those that are kept, in either direction: the last
  /// one kept is where backwards starts.
  @Test func directionsRunOverTheKeptTokens() throws {
    let model = try model()
    let kept: [Int64] = [2, 3, 7, 8, 12]
    let input = try ModelInput(rows: 2, of: model, dtype: .float64)
    func run(changing token: Int) throws -> Tensor {
      let recorder = Recorder()
      let plain = try PlainArray(input.state)
      let (top, left) = (token / 4 * 2, token % 4 * 2)
      let state = PlainArray(plain.shape) { index in
        let isInside = (top..<top + 2).contains(index[2]) && (left..<left + 2).contains(index[3])
        return plain[index] + (isInside ? 1 : 0)
      }
      _ = try model(
        state.tensor(), time: input.time, conditions: input.conditions,
        context: ForwardContext(route: route(kept, blocks: 0...3), policy: recorder))
      return try #require(recorder.outputs[.block(3)])
    }
    let before = try run(changing: 15)
    #expect(try before.bytes() == run(changing: 9).bytes(), "the last and a middle token skip")
    let after = try run(changing: 12)
    for place in 0..<5 {
      let moved = try (after - before).sliced(1, place..<place + 1).magnitude().max().item()
      #expect(moved > 1e-6, "the last kept token reaches place \(place) backwards")
    }
  }

  @Test func keptTokensOutOfOrderAreRefused() throws {
    let model = try model()
    for kept in [[3, 1, 5], [1, 1, 2]] as [[Int64]] {
      let error = #expect(throws: PeregrineError.self) {
        try output(model, route: route(kept, blocks: 1...2))
      }
      #expect(error?.code == .usage)
      #expect(error?.doing.contains("block 1") == true)
    }
  }

  /// SPRINT and alignment come with the trunk; its dense path and its path without the middle run.
  @Test func sprintAndAlignmentCompose() throws {
    var configuration = Self.tiny()
    configuration.options.sprint = SprintShape()
    configuration.options.alignment = AlignmentShape(depths: [3], teacherWidth: 8, hidden: 16)
    let model = try model(configuration)
    let input = try ModelInput(rows: 2, of: model, dtype: .float64)
    let routing = SprintRouting(middle: 2..<4)
    let streams = (0..<2).map { RandomStream(seed: 3, purpose: "route", index: UInt64($0)) }
    let route = try routing.route(streams: streams, batch: streams[0], tokens: 16)
    let result = try model(
      DiffusionState(input.state), time: input.time, conditions: input.conditions,
      context: ForwardContext(route: route, isProjecting: true))
    #expect(result.projections.map(\.tokens.shape) == [[2, 4, 8]])
    let dropped = try SprintRoute(droppingPathOf: 2, middle: 2..<4)
    #expect(try output(model, route: dropped).bytes() != output(model).bytes())
  }

  @Test func optionsOfOtherFamiliesAreRefused() throws {
    var options = BackboneOptions()
    options.isRotary = true
    let error = #expect(throws: PeregrineError.self) {
      try MambaConfiguration(
        preset: "Mamba-XS/1", item: .grid(channels: 3, sides: [8, 8]),
        conditions: ConditionShape(classes: 5), options: options)
    }
    #expect(error?.found.contains("Mamba") == true)
    for (patch, classes) in [(3, 5), (2, 0)] {
      var wrong = Self.tiny()
      (wrong.shape.patch, wrong.shape.conditions.classes) = (patch, classes)
      #expect(throws: PeregrineError.self) { try Mamba(wrong) }
    }
    let model = try Mamba(Self.tiny())
    let shape = #expect(throws: PeregrineError.self) {
      try model(
        .zeros([2, 3, 8, 7]), time: .zeros([2]),
        conditions: Conditions(labels: .zeros([2], dtype: .int64)))
    }
    #expect(shape?.code == .shapeMismatch)
  }
}

extension Mamba {
  /// Makes zero-initialised modulation and heads matter, and leaves the mixers as Mamba starts them.
  fileprivate func randomizeModulation(seed: UInt64) throws {
    for entry in trainableParameters where !entry.name.contains(".mixer.") {
      var stream = RandomStream(seed: seed, purpose: "test/\(entry.name)")
      let value = entry.parameter.value
      let scale = value.shape.count > 1 ? 1 / Float(value.shape[1]).squareRoot() : 0.1
      try value.copy(
        from: Tensor(stream.normals(value.count).map { $0 * scale }, shape: value.shape))
    }
  }
}
