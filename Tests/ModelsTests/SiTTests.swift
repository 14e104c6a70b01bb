import Diagnostics
import Models
import Nets
import Samples
import Tensors
import TestSupport
import Testing

@Suite struct SiTTests {
  private static let tiny = SiTConfiguration(
    size: TransformerSize(depth: 4, width: 32, heads: 4), patch: 2, channels: 3, side: 8,
    classCount: 5)

  /// XL/2 is DiT-XL/2 (675,129,632) without the 16 variance outputs of 1,152 weights and a bias; the
  /// others are as published, in millions.
  @Test(arguments: [("S", 33), ("B", 130), ("L", 458), ("XL", 675)])
  func parametersAreAsManyAsPublished(name: String, millions: Int) throws {
    let size = try #require(TransformerSize.named[name])
    // The count is linear in the depth: two shallow models tell that of the deep one.
    let counts = try [1, 2].map { depth in
      let shallow = TransformerSize(depth: depth, width: size.width, heads: size.heads)
      return try SiT(
        SiTConfiguration(size: shallow, patch: 2, channels: 4, side: 32, classCount: 1_000)
      ).parameterCount
    }
    let count = counts[0] + (size.depth - 1) * (counts[1] - counts[0])
    #expect(abs(Double(count) / 1e6 - Double(millions)) < 0.6)
    if name == "XL" { #expect(count == 675_129_632 - 16 * (1_152 + 1)) }
  }

  @Test func aFreshModelAnswersZero() throws {
    let model = try SiT(Self.tiny)
    try model.initialize(seed: 1)
    let input = try ModelInput(rows: 2, of: model)
    let output = try model(input.state, time: input.time, conditions: input.conditions)
    #expect(output.shape == [2, 3, 8, 8])
    #expect(try output.magnitude().max().item() == 0)
  }

  @Test func presetsAreReadAndSlipsAreNamed() throws {
    let preset = try SiTConfiguration(
      preset: "SiT-B/4", item: .grid(channels: 4, sides: [32, 32]),
      conditions: ConditionShape(classes: 10))
    #expect(preset.size == TransformerSize(depth: 12, width: 768, heads: 12))
    #expect(preset.shape.patch == 4)
    for name in ["SiT-Q/2", "SiT-B", "SiT-B/0", "SiT-B/-2", "SiT-B/x", "DiT-B/2", "", "SiT-B/2/2"] {
      let error = #expect(throws: PeregrineError.self) {
        try SiTConfiguration(
          preset: name, item: .grid(channels: 4, sides: [32, 32]),
          conditions: ConditionShape(classes: 10))
      }
      #expect(error?.code == .usage)
      #expect(error?.description.contains("`\(name)`") == true)
      #expect(error?.description.contains("B, L, S, Ti, XL, XS") == true)
    }
  }

  @Test func shapesThatCannotBeBuiltAreRefused() {
    let size = TransformerSize(depth: 1, width: 32, heads: 4)
    for (patch, side, classes, heads) in [(3, 8, 5, 4), (2, 8, 0, 4), (2, 8, 5, 5)] {
      let error = #expect(throws: PeregrineError.self) {
        try SiT(
          SiTConfiguration(
            size: TransformerSize(depth: 1, width: size.width, heads: heads), patch: patch,
            channels: 3,
            side: side, classCount: classes))
      }
      #expect(error?.code == .usage)
    }
  }

  @Test(arguments: [[2, 3, 8, 7], [2, 4, 8, 8], [3, 8, 8], [2, 3, 8, 8, 1]])
  func statesOfAnotherShapeAreRefused(shape: [Int]) throws {
    let model = try SiT(Self.tiny)
    let error = #expect(throws: PeregrineError.self) {
      try model(
        .zeros(shape), time: .zeros([2]), conditions: Conditions(labels: .zeros([2], dtype: .int64))
      )
    }
    #expect(error?.code == .shapeMismatch)
    let message = error?.description ?? ""
    #expect(message.contains("\(shape)") && message.contains("[3, 8, 8]"), "\(message)")
  }

  @Test func labelsBeyondTheTableThrow() throws {
    let model = try SiT(Self.tiny)
    let input = try ModelInput(rows: 1, of: model)
    #expect(throws: PeregrineError.self) {
      try model(
        input.state, time: input.time,
        conditions: Conditions(labels: Tensor([Int64(6)], shape: [1])))
    }
  }

  /// Rows do not mix: each row's output is the same alone as in a batch.
  @Test func rowsAreIndependent() throws {
    let model = try SiT(Self.tiny)
    try model.randomize(seed: 5)
    try model.convert(to: .float64, on: .cpu)
    let input = try ModelInput(rows: 3, of: model, dtype: .float64)
    let batch = try PlainArray(model(input.state, time: input.time, conditions: input.conditions))
    let row = 1..<2
    let alone = try PlainArray(
      model(
        input.state.sliced(0, row), time: input.time.sliced(0, row),
        conditions: Conditions(labels: input.labels.sliced(0, row))))
    #expect(PlainArray([1, 3, 8, 8]) { batch[[1] + $0.dropFirst()] }.distance(to: alone) < 1e-12)
  }
}
