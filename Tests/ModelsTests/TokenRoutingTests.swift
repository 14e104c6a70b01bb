import DiffusionMath
import Models
import Nets
import Tensors
import TestSupport
import Testing

@Suite struct TokenRoutingTests {
  private let model: SiT
  private let input: ModelInput
  private let plain: PlainArray

  init() throws {
    model = try SiT(
      SiTConfiguration(
        size: TransformerSize(depth: 4, width: 32, heads: 4), patch: 2, channels: 3, side: 8,
        classCount: 5))
    try model.randomize(seed: 7)
    input = try ModelInput(rows: 3, of: model)
    plain = try PlainArray(model(input.state, time: input.time, conditions: input.conditions))
  }

  private func run(_ route: any TokenRoute) throws -> PlainArray {
    try PlainArray(
      model(
        input.state, time: input.time, conditions: input.conditions,
        context: ForwardContext(route: route)))
  }

  private func route(keeping count: Int) throws -> DetourRoute {
    let kept = (0..<3).flatMap { row in
      var stream = RandomStream(seed: 2, purpose: "route", index: UInt64(row))
      return stream.permutation(16).prefix(count).map(Int64.init)
    }
    return try DetourRoute(kept: Tensor(kept, shape: [3, count]), blocks: 1...2)
  }

  /// Blocks do not see the order of their tokens, so shuffling and putting back is nothing.
  @Test func shuffledTokensComeBackUnchanged() throws {
    let route = try route(keeping: 16)
    #expect(try run(route).distance(to: plain) < 1e-5)
    #expect(route.seen == [16, 16, 16, 16])
  }

  @Test func droppedTokensAreMissed() throws {
    let route = try route(keeping: 5)
    #expect(try run(route).distance(to: plain) > 1e-2)
    #expect(route.seen == [16, 5, 5, 16])
  }

  /// Skipped tokens still run through the other blocks, so the loss depends on them.
  @Test func gradientsReachSkippedTokens() throws {
    let state = try input.state.clone()
    try state.setRequiresGradient()
    let route = try route(keeping: 5)
    try model(
      state, time: input.time, conditions: input.conditions, context: ForwardContext(route: route)
    ).squared().sum().backward()
    let gradient = try #require(try state.gradient())
    // Every patch reads 3·2·2 pixels; each of them has a gradient, kept or not.
    #expect(try gradient.magnitude().min().item() > 0)
  }
}
