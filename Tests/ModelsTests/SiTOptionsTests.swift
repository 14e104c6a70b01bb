import Diagnostics
import DiffusionMath
import Models
import Nets
import Samples
import Tensors
import TestSupport
import Testing

/// What holds for a SiT with all parts of SR-DiT, with random weights.
@Suite struct SiTOptionsTests {
  private let model: SiT
  private let input: DiffusionState
  private let time: Tensor
  private let labels: Tensor

  init() throws {
    model = try SiT(Self.configuration)
    try model.initialize(seed: 3)
    try model.randomize(seed: 3)
    input = try DiffusionState(
      PlainArray.example([3, 4, 8, 8]).tensor(.float32),
      classToken: PlainArray.example([3, 12]).tensor(.float32))
    time = try Tensor([0.1, 0.5, 0.9], shape: [3])
    labels = try Tensor([Int64]([0, 3, 5]), shape: [3])
  }

  private static let plain = SiTConfiguration(
    size: TransformerSize(depth: 5, width: 32, heads: 2), patch: 2, channels: 4, side: 8,
    classCount: 5)
  private static let configuration = plain.speedrun(teacherWidth: 12, projectorWidth: 16)

  private func run(_ route: SprintRoute? = nil, policy: (any StepPolicy)? = nil) throws
    -> BackboneOutput
  {
    try model(
      input, time: time, conditions: Conditions(labels: labels),
      context: ForwardContext(route: route, isProjecting: true, policy: policy))
  }

  private func distance(_ a: BackboneOutput, _ b: BackboneOutput) throws -> Double {
    let tokens = try [a, b].map { try PlainArray(#require($0.prediction.classToken)) }
    return try max(
      PlainArray(a.prediction.item).distance(to: PlainArray(b.prediction.item)),
      tokens[0].distance(to: tokens[1]))
  }

  private func kept(_ count: Int) throws -> SprintRoute {
    let places = (0..<3).flatMap { row in
      var stream = RandomStream(seed: 2, purpose: "route", index: UInt64(row))
      return stream.permutation(17).prefix(count).map(Int64.init)
    }
    return try SprintRoute(keeping: Tensor(places, shape: [3, count]), middle: 2..<3)
  }

  private var dropped: SprintRoute {
    get throws { try SprintRoute(droppingPathOf: 3, middle: 2..<3) }
  }

  @Test func shapesAreThoseOfTheInput() throws {
    let output = try run()
    #expect(output.prediction.item.shape == [3, 4, 8, 8])
    #expect(output.prediction.classToken?.shape == [3, 12])
    #expect(output.projections.map(\.tokens.shape) == [[3, 17, 12]])
    #expect(try output.prediction.item.magnitude().max().item() > 0.1)
    let plain = try model(
      input, time: time, conditions: Conditions(labels: labels), context: .plain)
    #expect(plain.projections.isEmpty)
  }

  /// Tokens know their positions, so their order in the middle is nothing.
  @Test func keepingAllTokensInAnyOrderEqualsTheDenseModel() throws {
    #expect(try distance(run(kept(17)), run()) < 1e-5)
  }

  @Test func everyRouteIsAnotherFunction() throws {
    let (dense, few, none) = (try run(), try run(kept(4)), try run(dropped))
    #expect(try distance(dense, few) > 1e-3)
    #expect(try distance(dense, none) > 1e-3)
    #expect(try distance(few, none) > 1e-3)
    let projected = try [dense, few, none].map { try #require($0.projections.first).tokens.bytes() }
    #expect(projected[0] == projected[1] && projected[1] == projected[2])
  }

  @Test func aPolicyThatComputesEverythingChangesNoBit() throws {
    let recorder = Recorder()
    let plain = try run()
    let policed = try run(policy: recorder)
    #expect(try policed.prediction.item.bytes() == plain.prediction.item.bytes())
    #expect(try policed.prediction.classToken?.bytes() == plain.prediction.classToken?.bytes())
    let inner = (1..<5).flatMap { [ComputationSite.block($0), .attention($0), .mlp($0)] }
    let tails = (0..<4).map { ComputationSite.tail(after: $0) }
    #expect(Set(recorder.outputs.keys) == Set(inner + tails + [.stack, .block(0)]))
  }

  @Test(arguments: [
    ComputationSite.stack, .block(0), .block(1), .attention(2), .mlp(3), .block(4),
    .tail(after: 0), .tail(after: 1), .tail(after: 3),
  ])
  func computingSomeRowsEqualsComputingAll(site: ComputationSite) throws {
    let recorder = Recorder()
    let plain = try run(policy: recorder)
    for rows in [[], [0, 2]] as [[Int]] {
      let replay = Replay(recorder.outputs, at: site, rows: rows)
      #expect(try distance(run(policy: replay), plain) < 1e-5)
      #expect(replay.answers == 1)
    }
    let route = try kept(4)
    let routed = try run(route, policy: recorder)
    let replay = Replay(recorder.outputs, at: site, rows: [1])
    #expect(try distance(run(route, policy: replay), routed) < 1e-5)
  }

  @Test func mixedPrecisionStaysClose() throws {
    let route = try kept(4)
    let mixed = try withComputation(in: .bfloat16, on: .cpu) { try run(route) }
    let exact = try run(route)
    let scale = try exact.prediction.item.magnitude().max().item()
    #expect(try distance(mixed, exact) < 0.1 * scale)
    #expect(try distance(mixed, exact) > 0)
  }

  @Test func inputsThatDoNotFitAreRefused() throws {
    let narrow = DiffusionState(input.item, classToken: try .zeros([3, 11]))
    let error = #expect(throws: PeregrineError.self) {
      try model(narrow, time: time, conditions: Conditions(labels: labels), context: .plain)
    }
    #expect(error?.code == .shapeMismatch)
    #expect(error?.description.contains("[3, 11]") == true)
  }

  @Test func configurationsThatDoNotFitAreRefused() {
    let changes: [(inout SiTConfiguration) -> Void] = [
      { $0.shape.patch = 3 }, { $0.size.heads = 3 }, { $0.options.sprint?.encoderDepth = 0 },
      { $0.options.sprint?.decoderDepth = 3 }, { $0.options.classTokenWidth = 0 },
      { $0.shape.conditions.classes = 0 }, { $0.options.alignment?.depths = [6] },
      { $0.options.alignment?.depths = [] }, { $0.options.mlpRatio = 0 },
    ]
    for change in changes {
      var configuration = Self.configuration
      change(&configuration)
      let error = #expect(throws: PeregrineError.self) { try SiT(configuration) }
      #expect(error?.code == .usage)
    }
  }

  /// Each option by itself, and what it adds to the plain model's parameters.
  @Test(
    arguments: [
      ("norm", []), ("rotary", ["feat_rope.freqs_cos", "feat_rope.freqs_sin"]),
      (
        "query_key_norm",
        (0..<5).flatMap { ["blocks.\($0).attn.q_norm.weight", "blocks.\($0).attn.k_norm.weight"] }
      ),
      ("value_residual", (1..<5).map { "blocks.\($0).attn.v1_lambda" }),
    ] as [(String, [String])])
  func anOptionAddsItsOwnParametersAndIsAnotherFunction(option: String, added: [String]) throws {
    var configuration = Self.plain
    switch option {
    case "norm": configuration.options.norm = .rms
    case "rotary": configuration.options.isRotary = true
    case "query_key_norm": configuration.options.normalizesQueriesAndKeys = true
    default: configuration.options.mixesFirstValues = true
    }
    let plain = try SiT(Self.plain)
    let other = try SiT(configuration)
    let names = Set(plain.namedParameters.map(\.name))
    #expect(Set(other.namedParameters.map(\.name)) == names.union(added))
    for model in [plain, other] {
      try model.initialize(seed: 3)
      try model.randomize(seed: 3)
    }
    let found = try PlainArray(
      other(input.item, time: time, conditions: Conditions(labels: labels)))
    let expected = try PlainArray(
      plain(input.item, time: time, conditions: Conditions(labels: labels)))
    #expect(found.distance(to: expected) > 1e-3)
  }

  @Test func theMLPMayWidenWithDepthAndMayBeGated() throws {
    var configuration = Self.plain
    configuration.options.mlpRatio = 2
    configuration.options.lastMLPRatio = 6
    let shapes = try Dictionary(
      uniqueKeysWithValues: SiT(configuration).state.map { ($0.name, $0.tensor.shape) })
    #expect(
      (0..<5).map { shapes["blocks.\($0).mlp.fc1.weight"] }
        == [64, 96, 128, 160, 192].map { [$0, 32] })
    configuration.options = .plain
    configuration.options.feedForward = .swiglu
    let gated = try SiT(configuration)
    #expect(gated.state.first { $0.name == "blocks.0.mlp.w12.weight" }?.tensor.shape == [170, 32])
  }

  /// Alignment after blocks in the middle sees the kept tokens only, with their positions.
  @Test func projectionsOfTheMiddleAreThoseOfTheKeptTokens() throws {
    var configuration = Self.configuration
    configuration.size.depth = 6
    configuration.options.alignment?.depths = [2, 3, 4]
    let model = try SiT(configuration)
    try model.randomize(seed: 3)
    let positions = try Tensor([Int64]([4, 0, 16, 1, 2, 3, 9, 8, 7]), shape: [3, 3])
    let route = SprintRoute(keeping: positions, middle: 2..<4)
    let output = try model(
      input, time: time, conditions: Conditions(labels: labels),
      context: ForwardContext(route: route, isProjecting: true))
    let dropped = try model(
      input, time: time, conditions: Conditions(labels: labels),
      context: ForwardContext(
        route: SprintRoute(droppingPathOf: 3, middle: 2..<4), isProjecting: true))
    #expect(dropped.projections.map(\.depth) == [2, 4], "nothing is in the middle")
    #expect(output.projections.map(\.depth) == [2, 3, 4])
    #expect(output.projections.map(\.tokens.shape) == [[3, 17, 12], [3, 3, 12], [3, 17, 12]])
    #expect(
      try output.projections[1].positions?.scalars(Int64.self) == positions.scalars(Int64.self))
  }

  @Test func familiesWithFixedBlocksRefuseOtherOnes() throws {
    var options = BackboneOptions.plain
    options.isRotary = true
    let error = #expect(throws: PeregrineError.self) {
      try Backbones.configuration(
        preset: "JLT-B/1", item: .grid(channels: 4, sides: [8, 8]),
        conditions: ConditionShape(classes: 5), options: options)
    }
    #expect(error?.description.contains("model.rotary") == true)
  }

  /// SPRINT and alignment are the trunk's, so a JLT has them too.
  @Test func everyFamilyTakesSprintAndAlignment() throws {
    var configuration = JLTConfiguration(
      size: TransformerSize(depth: 5, width: 32, heads: 2), patch: 2, channels: 4, side: 8,
      classCount: 5)
    configuration.options.sprint = SprintShape()
    configuration.options.alignment = AlignmentShape(depths: [2], teacherWidth: 12, hidden: 16)
    let model = try JLT(configuration)
    try model.randomize(seed: 3)
    let positions = try Tensor([Int64]([4, 0, 15, 1, 2, 3, 9, 8, 7]), shape: [3, 3])
    let run = { (route: SprintRoute?) in
      try model(
        DiffusionState(input.item), time: time, conditions: Conditions(labels: labels),
        context: ForwardContext(route: route, isProjecting: true))
    }
    let dense = try run(nil)
    let routed = try run(SprintRoute(keeping: positions, middle: 2..<3))
    #expect(dense.projections.map(\.tokens.shape) == [[3, 16, 12]])
    #expect(
      try PlainArray(dense.prediction.item).distance(to: PlainArray(routed.prediction.item)) > 1e-3)
  }
}
