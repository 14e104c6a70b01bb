import Diagnostics
import Models
import Nets
import Samples
import Tensors
import TestSupport
import Testing

@Suite struct JLTTests {
  private static let tiny = JLTConfiguration(
    size: TransformerSize(depth: 3, width: 32, heads: 4), patch: 2, channels: 3, side: 8,
    classCount: 5)

  /// Counted for latents of 128 × 16 × 16 and 1,000 classes.
  @Test(arguments: [
    ("JLT-B/1", 130_509_440), ("JLT-B/2", 131_099_648), ("JLT-L/1", 458_091_616),
    ("JLT-H/1", 951_294_400),
  ]) func parametersAreAsManyAsPublished(preset: String, expected: Int) throws {
    var configuration = try JLTConfiguration(
      preset: preset, item: .grid(channels: 128, sides: [16, 16]),
      conditions: ConditionShape(classes: 1_000))
    let depth = configuration.depth
    // The count is linear in the depth: two shallow models tell that of the deep one.
    let counts = try [1, 2].map { shallow in
      configuration.size.depth = shallow
      return try JLT(configuration).parameterCount
    }
    #expect(counts[0] + (depth - 1) * (counts[1] - counts[0]) == expected)
  }

  /// ⌊2/3 · ⌊ratio · width⌋⌋ gated values; 4 is the published ratio.
  @Test(arguments: [(4.0, 85), (2.0, 42), (3.5, 74)])
  func theRatioSetsTheWidthOfTheMLP(ratio: Double, hidden: Int) throws {
    var configuration = Self.tiny
    (configuration.options.mlpRatio, configuration.options.lastMLPRatio) = (ratio, ratio)
    let model = try JLT(configuration)
    let shapes = model.namedParameters.filter { $0.name.hasSuffix("mlp.w3.weight") }
      .map(\.parameter.value.shape)
    #expect(shapes == [[Int]](repeating: [32, hidden], count: 3))
    let difference = try model.forwardFLOPs - JLT(Self.tiny).forwardFLOPs
    #expect(difference == Double(2 * 3 * 16 * 3 * 32 * (hidden - 85)))
    configuration.options.mlpRatio = 0.01
    #expect(throws: PeregrineError.self) { try JLT(configuration) }
  }

  @Test func aFreshModelAnswersZero() throws {
    let model = try JLT(Self.tiny)
    try model.initialize(seed: 1)
    let input = try ModelInput(rows: 2, of: model)
    let output = try model(input.state, time: input.time, conditions: input.conditions)
    #expect(output.shape == [2, 3, 8, 8])
    #expect(try output.magnitude().max().item() == 0)
  }

  /// Tokens are not interchangeable although no position is added: attention turns by positions.
  @Test func positionsMatter() throws {
    let model = try JLT(Self.tiny)
    try model.randomizeAttentively(seed: 3)
    let input = try ModelInput(rows: 1, of: model)
    let plain = try PlainArray(model(input.state, time: input.time, conditions: input.conditions))
    // The picture with its patches mirrored left to right, each patch as it was.
    func mirrored(_ x: Tensor) throws -> Tensor {
      try x.reshaped([1, 3, 8, 4, 2]).flipped(3).reshaped([1, 3, 8, 8])
    }
    let turned = try mirrored(
      model(mirrored(input.state), time: input.time, conditions: input.conditions))
    #expect(try PlainArray(turned).distance(to: plain) > 1e-3)
  }

  @Test func aReversedVelocityIsTheNegativeAnswer() throws {
    let model = try JLT(Self.tiny)
    try model.randomize(seed: 3)
    var turned = Self.tiny
    turned.predictsReversedVelocity = true
    let other = try JLT(turned)
    try other.randomize(seed: 3)
    let input = try ModelInput(rows: 2, of: model)
    let answer = try -other(input.state, time: input.time, conditions: input.conditions)
    #expect(
      try answer.bytes()
        == model(input.state, time: input.time, conditions: input.conditions).bytes())
  }

  /// Rows do not mix, policies that compute everything change no bit.
  @Test func rowsAreIndependentAndPoliciesAreFree() throws {
    let model = try JLT(Self.tiny)
    try model.randomize(seed: 5)
    try model.convert(to: .float64, on: .cpu)
    let input = try ModelInput(rows: 3, of: model, dtype: .float64)
    let whole = try model(input.state, time: input.time, conditions: input.conditions)
    let recorder = Recorder()
    let watched = try model(
      input.state, time: input.time, conditions: input.conditions,
      context: ForwardContext(policy: recorder))
    #expect(try watched.bytes() == whole.bytes())
    let sites = (0..<3).flatMap { [ComputationSite.block($0), .attention($0), .mlp($0)] }
    #expect(
      Set(recorder.outputs.keys)
        == Set(sites + [.stack, .tail(after: 0), .tail(after: 1)]))
    let row = 1..<2
    let alone = try PlainArray(
      model(
        input.state.sliced(0, row), time: input.time.sliced(0, row),
        conditions: Conditions(labels: input.labels.sliced(0, row))))
    let batch = try PlainArray(whole)
    #expect(PlainArray([1, 3, 8, 8]) { batch[[1] + $0.dropFirst()] }.distance(to: alone) < 1e-12)
  }

  @Test func shapesThatCannotBeBuiltAreRefused() throws {
    for (patch, classes, heads) in [(3, 5, 4), (2, 0, 4), (2, 5, 5), (2, 5, 16)] {
      let error = #expect(throws: PeregrineError.self) {
        try JLT(
          JLTConfiguration(
            size: TransformerSize(depth: 1, width: 32, heads: heads), patch: patch, channels: 3,
            side: 8,
            classCount: classes))
      }
      #expect(error?.code == .usage)
    }
    let model = try JLT(Self.tiny)
    let error = #expect(throws: PeregrineError.self) {
      try model(
        .zeros([2, 3, 8, 7]), time: .zeros([2]),
        conditions: Conditions(labels: .zeros([2], dtype: .int64)))
    }
    #expect(error?.code == .shapeMismatch)
  }
}

extension JLT {
  /// Random weights with the gains of norms around 1, so that attention tells tokens apart.
  func randomizeAttentively(seed: UInt64) throws {
    try randomize(seed: seed)
    for entry in namedParameters where entry.name.contains("norm") {
      try entry.parameter.value.copy(from: 1 + entry.parameter.value.detached())
    }
  }
}
