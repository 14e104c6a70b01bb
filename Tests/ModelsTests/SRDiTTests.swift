import Diagnostics
import DiffusionMath
import Models
import Nets
import Tensors
import TestSupport
import Testing

/// What holds for every SR-DiT, with random weights.
@Suite struct SRDiTTests {
  private let model: SRDiT
  private let input: StateWithClassToken
  private let time: Tensor
  private let labels: Tensor

  init() throws {
    model = try SRDiT(Self.configuration)
    try model.initialize(seed: 3)
    try model.randomize(seed: 3)
    input = try StateWithClassToken(
      state: PlainArray.example([3, 4, 8, 8]).tensor(.float32),
      classToken: PlainArray.example([3, 12]).tensor(.float32))
    time = try Tensor([0.1, 0.5, 0.9], shape: [3])
    labels = try Tensor([Int64]([0, 3, 5]), shape: [3])
  }

  private static var configuration: SRDiTConfiguration {
    var configuration = SRDiTConfiguration(
      size: SiTSize(depth: 5, width: 32, heads: 2), patch: 2, channels: 4, side: 8, classCount: 5)
    configuration.teacherWidth = 12
    configuration.projectorWidth = 16
    return configuration
  }

  private func run(_ route: SprintRoute = .dense, policy: (any StepPolicy)? = nil) throws
    -> SRDiTOutput
  {
    try model(
      input, time: time, labels: labels, route: route, isProjecting: true, policy: policy)
  }

  private func distance(_ a: SRDiTOutput, _ b: SRDiTOutput) throws -> Double {
    try max(
      PlainArray(a.velocity.state).distance(to: PlainArray(b.velocity.state)),
      PlainArray(a.velocity.classToken).distance(to: PlainArray(b.velocity.classToken)))
  }

  private func kept(_ count: Int) throws -> SprintRoute {
    let places = (0..<3).flatMap { row in
      var stream = RandomStream(seed: 2, purpose: "route", index: UInt64(row))
      return stream.permutation(17).prefix(count).map(Int64.init)
    }
    return try .kept(Tensor(places, shape: [3, count]))
  }

  @Test func shapesAreThoseOfTheInput() throws {
    let output = try run()
    #expect(output.velocity.state.shape == [3, 4, 8, 8])
    #expect(output.velocity.classToken.shape == [3, 12])
    #expect(output.projected?.shape == [3, 17, 12])
    #expect(try output.velocity.state.magnitude().max().item() > 0.1)
    #expect(try model(input, time: time, labels: labels).projected == nil)
  }

  /// Tokens know their positions, so their order in the middle is nothing.
  @Test func keepingAllTokensInAnyOrderEqualsTheDenseModel() throws {
    #expect(try distance(run(kept(17)), run()) < 1e-5)
  }

  @Test func everyRouteIsAnotherFunction() throws {
    let (dense, few, none) = (try run(), try run(kept(4)), try run(.dropped))
    #expect(try distance(dense, few) > 1e-3)
    #expect(try distance(dense, none) > 1e-3)
    #expect(try distance(few, none) > 1e-3)
    let projected = try [dense, few, none].map { try #require($0.projected).bytes() }
    #expect(projected[0] == projected[1] && projected[1] == projected[2])
  }

  @Test func aPolicyThatComputesEverythingChangesNoBit() throws {
    let recorder = Recorder()
    let plain = try run()
    let policed = try run(policy: recorder)
    #expect(try policed.velocity.state.bytes() == plain.velocity.state.bytes())
    #expect(try policed.velocity.classToken.bytes() == plain.velocity.classToken.bytes())
    let inner = (1..<5).flatMap { [ComputationSite.block($0), .attention($0), .mlp($0)] }
    #expect(Set(recorder.outputs.keys) == Set(inner + [.stack, .block(0)]))
  }

  @Test(arguments: [
    ComputationSite.stack, .block(0), .block(1), .attention(2), .mlp(3), .block(4),
  ])
  func computingSomeRowsEqualsComputingAll(site: ComputationSite) throws {
    let recorder = Recorder()
    let plain = try run(policy: recorder)
    for rows in [[], [0, 2]] as [[Int64]] {
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
    let scale = try exact.velocity.state.magnitude().max().item()
    #expect(try distance(mixed, exact) < 0.1 * scale)
    #expect(try distance(mixed, exact) > 0)
  }

  @Test func inputsThatDoNotFitAreRefused() throws {
    let narrow = StateWithClassToken(state: input.state, classToken: try .zeros([3, 11]))
    let error = #expect(throws: PeregrineError.self) {
      try model(narrow, time: time, labels: labels)
    }
    #expect(error?.code == .shapeMismatch)
    #expect(error?.description.contains("[3, 11]") == true)
  }

  @Test func configurationsThatDoNotFitAreRefused() {
    let changes: [(inout SRDiTConfiguration) -> Void] = [
      { $0.patch = 3 }, { $0.size.heads = 3 }, { $0.encoderDepth = 0 }, { $0.decoderDepth = 3 },
      { $0.teacherWidth = 0 }, { $0.classCount = 0 },
    ]
    for change in changes {
      var configuration = Self.configuration
      change(&configuration)
      let error = #expect(throws: PeregrineError.self) { try SRDiT(configuration) }
      #expect(error?.code == .usage)
    }
    let error = #expect(throws: PeregrineError.self) {
      try SRDiTConfiguration(preset: "SR-DiT-Q/1", channels: 4, side: 8, classCount: 5)
    }
    #expect(error?.description.contains("SR-DiT-Q/1") == true)
  }
}
