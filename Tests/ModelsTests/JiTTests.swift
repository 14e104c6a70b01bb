import Diagnostics
import Models
import Nets
import Samples
import Tensors
import TestSupport
import Testing

@Suite struct JiTTests {
  private static func configuration() -> JiTConfiguration {
    var configuration = JiTConfiguration(
      size: .init(TransformerSize(depth: 4, width: 32, heads: 2), contextStart: 2), patch: 4,
      channels: 3, side: 16, classCount: 5)
    configuration.bottleneck = 8
    return configuration
  }

  /// Published counts of trainable parameters at patch 16.
  @Test(arguments: [("JiT-B/16", 131_123_712, 12), ("JiT-L/16", 458_877_664, 24)])
  func thePublishedSizesHaveThePublishedCounts(preset: String, count: Int, depth: Int) throws {
    var configuration = try #require(
      try Backbones.configuration(
        preset: preset, item: .grid(channels: 3, sides: [256, 256]),
        conditions: ConditionShape(classes: 1_000))
        as? JiTConfiguration)
    // Every block is like the first, so two shallow models tell the count of the deep one.
    let counts = try [1, 2].map { depth in
      configuration.blocks.size.depth = depth
      configuration.contextStart = 0
      return try JiT(configuration).trainableParameters.reduce(0) { $0 + $1.parameter.value.count }
    }
    #expect(counts[0] + (depth - 1) * (counts[1] - counts[0]) == count)
  }

  /// GFLOPs per forward at 256 pixels; the paper counts multiply-adds once and rounds.
  @Test func theWorkIsThePublishedOne() throws {
    let model = try Backbones.configuration(
      preset: "JiT-B/16", item: .grid(channels: 3, sides: [256, 256]),
      conditions: ConditionShape(classes: 1_000)
    ).makeBackbone()
    #expect(abs(model.forwardFLOPs / 2e9 - 25) < 1.5)
  }

  @Test func contextTokensMatterAndLeave() throws {
    let model = try JiT(Self.configuration())
    try model.randomize(seed: 4)
    let input = try ModelInput(rows: 3, of: model)
    let output = try model(input.state, time: input.time, conditions: input.conditions)
    #expect(output.shape == [3, 3, 16, 16])
    var late = Self.configuration()
    late.contextStart = 3
    let other = try JiT(late)
    try other.randomize(seed: 4)
    #expect(other.state.map(\.name) == model.state.map(\.name))
    let moved = try other(input.state, time: input.time, conditions: input.conditions)
    #expect(try PlainArray(output).distance(to: PlainArray(moved)) > 1e-3)
  }

  /// One linear map of the bottleneck's rank: squeezing and widening are matrices in turn.
  @Test func theBottleneckBoundsTheRank() throws {
    let names = try JiT(Self.configuration()).state.map { ($0.name, $0.tensor.shape) }
    let shapes = Dictionary(uniqueKeysWithValues: names)
    #expect(shapes["x_embedder.proj1.weight"] == [8, 3, 4, 4])
    #expect(shapes["x_embedder.proj2.weight"] == [32, 8, 1, 1])
    #expect(shapes["in_context_posemb"] == [1, 32, 32])
    #expect(shapes["x_embedder.proj1.bias"] == nil)
  }

  @Test func routesAreRefused() throws {
    let model = try JiT(Self.configuration())
    let input = try ModelInput(rows: 2, of: model)
    let route = try TREADRoute([.init(blocks: 1...2, kept: Tensor([Int64(0), 1], shape: [2, 1]))])
    let error = #expect(throws: PeregrineError.self) {
      try model(
        input.state, time: input.time, conditions: input.conditions,
        context: ForwardContext(route: route))
    }
    #expect(error?.description.contains("a route") == true)
  }
}
