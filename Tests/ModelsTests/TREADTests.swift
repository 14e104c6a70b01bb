import Diagnostics
import DiffusionMath
import Models
import Nets
import Tensors
import TestSupport
import Testing

@Suite struct TREADTests {
  private static let sit = SiTConfiguration(
    size: TransformerSize(depth: 6, width: 32, heads: 4), patch: 2, channels: 3, side: 8,
    classCount: 5)
  private static let jlt = JLTConfiguration(
    size: TransformerSize(depth: 6, width: 32, heads: 4), patch: 2, channels: 3, side: 8,
    classCount: 5)

  private func streams(_ rows: Range<Int>) -> [RandomStream] {
    rows.map { RandomStream(seed: 3, purpose: "route", index: UInt64($0)) }
  }

  private var batch: RandomStream { RandomStream(seed: 3, purpose: "route-of-step") }

  private func routing(
    _ blocks: ClosedRange<Int>..., rate: Double, selection: TREAD.Selection = .random,
    depth: Int = 6
  ) throws -> TREAD {
    try TREAD(
      blocks.map { TREAD.Route(blocks: $0, rate: rate) }, selection: selection, depth: depth)
  }

  /// The positions that run through each block.
  private func positions(_ routing: TREAD, rows: Range<Int>, tokens: Int) throws -> [[[Int64]]?] {
    let route = try routing.route(streams: streams(rows), batch: batch, tokens: tokens)
    var sequence = TokenSequence(try Tensor.zeros([rows.count, tokens, 4]))
    return try (0..<6).map { block in
      sequence = try route.enter(block: block, sequence)
      let count = sequence.tokens.shape[1]
      let kept = try sequence.positions?.scalars(Int64.self)
      sequence = try route.leave(block: block, sequence)
      return kept.map { kept in
        (0..<rows.count).map { Array(kept[$0 * count..<($0 + 1) * count]) }
      }
    }
  }

  /// A class token leads the sequence and is never taken out; the others are drawn among themselves.
  @Test(arguments: TREAD.Selection.allCases) func leadingTokensStay(selection: TREAD.Selection)
    throws
  {
    let routing = try TREAD(
      [.init(blocks: 1...2, rate: 0.5)], selection: selection, depth: 6, leadingKept: 1)
    #expect(try routing.tokenCount(inBlock: 1, of: 17) == 9)
    let kept = try #require(try positions(routing, rows: 0..<20, tokens: 17)[1])
    let plain = try TREAD([.init(blocks: 1...2, rate: 0.5)], selection: selection, depth: 6)
    let others = try #require(try positions(plain, rows: 0..<20, tokens: 16)[1])
    #expect(kept == others.map { [0] + $0.map { $0 + 1 } })
  }

  /// No route, rate 0, and a rate so small that no token skips.
  @Test(arguments: [nil, 0, 0.01] as [Double?]) func offIsThePlainModelBitForBit(rate: Double?)
    throws
  {
    for configuration in [Self.sit, Self.jlt] as [any BackboneConfiguration] {
      let model = try configuration.makeBackbone()
      try model.randomize(seed: 7)
      let input = try ModelInput(rows: 3, of: model)
      let plain = try model(
        input.state, time: input.time, conditions: input.conditions, context: .plain)
      let routing =
        try rate.map { try self.routing(1...2, 4...5, rate: $0) } ?? TREAD([], depth: 6)
      let route = try routing.route(streams: streams(0..<3), batch: batch, tokens: model.tokenCount)
      let routed = try model(
        input.state, time: input.time, conditions: input.conditions,
        context: ForwardContext(route: route))
      #expect(try routed.bytes() == plain.bytes())
      #expect(try plain.magnitude().max().item() > 0.1)
    }
  }

  @Test func onlyItsBlocksSeeFewerTokens() throws {
    let seen = try positions(routing(1...2, 4...4, rate: 0.5), rows: 0..<3, tokens: 25)
    #expect(seen.map { $0 == nil } == [true, false, false, true, false, true])
    let first = try #require(seen[1])
    #expect(seen[2] == first)
    #expect(seen[4] != first)
    for row in first {
      #expect(row.count == 13)
      #expect(row == row.sorted() && Set(row).count == 13)
      #expect(row.allSatisfy { (0..<25).contains($0) })
    }
    #expect(first[0] != first[1] && first[1] != first[2])
  }

  @Test func aRowsRouteDoesNotDependOnItsBatch() throws {
    let routing = try routing(1...2, 4...4, rate: 0.5)
    let whole = try positions(routing, rows: 0..<3, tokens: 25)
    let alone = try positions(routing, rows: 2..<3, tokens: 25)
    for block in [1, 2, 4] { #expect(alone[block]?[0] == whole[block]?[2]) }
  }

  /// Over many draws every token is kept about as often as any other.
  @Test func everyTokenIsKeptEquallyOften() throws {
    let seen = try #require(
      try positions(routing(1...2, rate: 0.25), rows: 0..<2_000, tokens: 16)[1])
    var counts = [Int](repeating: 0, count: 16)
    for position in seen.joined() { counts[Int(position)] += 1 }
    // 2,000 draws at 12/16: 1,500 expected, standard deviation 19.4.
    #expect(counts.allSatisfy { abs($0 - 1_500) < 90 }, "\(counts)")
  }

  @Test func rowsAreKeptWhole() throws {
    let seen = try #require(
      try positions(routing(1...2, rate: 0.4, selection: .rows), rows: 0..<4, tokens: 25)[1])
    for kept in seen {
      #expect(kept.count == 15)
      for row in Set(kept.map { $0 / 5 }) {
        #expect((0..<5).allSatisfy { kept.contains(row * 5 + $0) })
      }
    }
    #expect(Set(seen).count > 1)
    #expect(throws: PeregrineError.self) {
      try routing(1...2, rate: 0.4, selection: .rows).route(
        streams: streams(0..<1), batch: batch, tokens: 24)
    }
  }

  /// `N − ⌊rate·N⌋`, at least one.
  @Test(arguments: [(25, 0.5, 13), (25, 0.7, 8), (256, 0.5, 128), (16, 0.99, 1), (1, 0.9, 1)])
  func asManyTokensAreKeptAsTheReferenceKeeps(tokens: Int, rate: Double, kept: Int) throws {
    let routing = try routing(2...3, rate: rate)
    #expect(try routing.tokenCount(inBlock: 2, of: tokens) == kept)
    #expect(try routing.tokenCount(inBlock: 3, of: tokens) == kept)
    #expect(try routing.tokenCount(inBlock: 4, of: tokens) == tokens)
  }

  @Test(arguments: [
    ([2...6], 0.5, "the route 2-6", "the backbone has 6"),
    ([-1...2], 0.5, "the route -1-2", "from 0 to 5"),
    ([1...3, 3...4], 0.5, "the route 3-4 after one that ends at 3", "do not overlap"),
    ([3...4, 1...2], 0.5, "the route 1-2", "in order"),
    ([1...2], 1.0, "the rate 1.0", "below 1"), ([1...2], -0.1, "the rate -0.1", "from 0"),
  ])
  func routesThatDoNotFitAreNamed(
    blocks: [ClosedRange<Int>], rate: Double, found: String, expected: String
  ) {
    let error = #expect(throws: PeregrineError.self) {
      try TREAD(blocks.map { TREAD.Route(blocks: $0, rate: rate) }, depth: 6)
    }
    #expect(error?.code == .usage)
    #expect(error?.found.contains(found) == true)
    #expect(error?.expected.contains(expected) == true)
  }

  /// A kept token turns by its own position: all tokens kept, in any order, are the plain model.
  @Test func keptTokensTakeTheirRotationsAlong() throws {
    let model = try JLT(Self.jlt)
    try model.randomizeAttentively(seed: 7)
    try model.convert(to: .float64, on: .cpu)
    let input = try ModelInput(rows: 2, of: model, dtype: .float64)
    let plain = try PlainArray(model(input.state, time: input.time, conditions: input.conditions))
    let shuffled = streams(0..<2).flatMap { stream in
      var stream = stream
      return stream.permutation(16).map(Int64.init)
    }
    let route = try TREADRoute([
      .init(blocks: 1...4, kept: Tensor(shuffled, shape: [2, 16]))
    ])
    let routed = try PlainArray(
      model(
        input.state, time: input.time, conditions: input.conditions,
        context: ForwardContext(route: route)))
    #expect(routed.distance(to: plain) < 1e-12)
    // The same tokens under wrong positions are another model.
    let wrong = try TREADRoute([
      .init(blocks: 1...4, kept: Tensor(shuffled.map { 15 - $0 }, shape: [2, 16]))
    ])
    let mixed = Mislabelled(wrong, positions: try Tensor(shuffled, shape: [2, 16]))
    let other = try PlainArray(
      model(
        input.state, time: input.time, conditions: input.conditions,
        context: ForwardContext(route: mixed)))
    #expect(other.distance(to: plain) > 1e-3)
  }

  /// Published sizes on 256 tokens, half of them skipping from block 2 to the fourth from the end: the
  /// work of all blocks, 10⁹ multiply-adds dense and routed.
  @Test(arguments: [
    ("S", 6.05, 4.20), ("B", 22.99, 16.12), ("L", 80.68, 48.17), ("XL", 118.60, 69.11),
  ])
  func theWorkIsWhatItShouldBe(name: String, dense: Double, routed: Double) throws {
    let size = try #require(TransformerSize.named[name])
    let shallow = TransformerSize(depth: 1, width: size.width, heads: size.heads)
    let model = try SiT(
      SiTConfiguration(size: shallow, patch: 2, channels: 4, side: 32, classCount: 1))
    let blocks = try #require(TREAD.publishedBlocks(depth: size.depth))
    let routing = try routing(blocks, rate: 0.5, depth: size.depth)
    let work = try (0..<size.depth).map {
      model.blockFLOPs(0, tokens: try routing.tokenCount(inBlock: $0, of: 256)) / 2e9
    }
    #expect(abs(work.reduce(0, +) - routed) < 0.005)
    #expect(abs(model.blockFLOPs(0, tokens: 256) / 2e9 * Double(size.depth) - dense) < 0.005)
  }

  @Test func routedWorkIsTheDenseWorkWithoutWhatIsSkipped() throws {
    let model = try SiT(Self.sit)
    let routing = try routing(1...3, rate: 0.5)
    let saved = 3 * (model.blockFLOPs(0, tokens: 16) - model.blockFLOPs(0, tokens: 8))
    #expect(try model.forwardFLOPs(routing: routing) == model.forwardFLOPs - saved)
    #expect(try model.forwardFLOPs(routing: nil) == model.forwardFLOPs)
  }
}

/// A route that says other positions than those of its tokens.
private final class Mislabelled: TokenRoute {
  private let base: TREADRoute
  private let positions: Tensor

  init(_ base: TREADRoute, positions: Tensor) {
    self.base = base
    self.positions = positions
  }

  func enter(block index: Int, _ sequence: TokenSequence) throws -> TokenSequence {
    var entered = try base.enter(block: index, sequence)
    if entered.positions != nil { entered.positions = positions }
    return entered
  }

  func leave(block index: Int, _ sequence: TokenSequence) throws -> TokenSequence {
    try base.leave(block: index, sequence)
  }

  func choosing(_ rows: RowSet) -> any TokenRoute { self }
}
