import DiffusionMath
import Models
import Tensors
import Testing

@Suite struct SprintRoutingTests {
  private func streams(_ indices: Range<Int>) -> [RandomStream] {
    indices.map { RandomStream(seed: 5, purpose: "route", index: UInt64($0)) }
  }

  private func kept(_ rows: Range<Int>, tokens: Int) throws -> Tensor? {
    var routing = SprintRouting(middle: 2..<4)
    routing.pathDrop = 0
    return try positions(routing, streams(rows), batch: streams(0..<1)[0], tokens: tokens)
  }

  /// The positions that the middle blocks see.
  private func positions(
    _ routing: SprintRouting, _ rows: [RandomStream], batch: RandomStream, tokens: Int
  ) throws -> Tensor? {
    let route = try routing.route(streams: rows, batch: batch, tokens: tokens)
    let whole = TokenSequence(try .zeros([rows.count, tokens, 1]))
    #expect(try route.enter(block: 1, whole).positions == nil)
    let seen = try route.enter(block: 2, whole)
    #expect(seen.tokens.shape[1] == seen.positions?.shape[1])
    return seen.positions
  }

  @Test func aQuarterOfTheTokensIsKept() {
    #expect(SprintRouting(middle: 2..<4).keptCount(of: 257) == 64)
    #expect(SprintRouting(middle: 2..<4).keptCount(of: 1_025) == 256)
    #expect(SprintRouting(middle: 2..<4).keptCount(of: 2) == 1)
  }

  @Test func keptTokensDifferAndDependOnTheirRowOnly() throws {
    let all = try #require(try kept(0..<4, tokens: 65))
    #expect(all.shape == [4, 16])
    let places = try all.scalars(Int64.self)
    let rows = (0..<4).map { Array(places[$0 * 16..<($0 + 1) * 16]) }
    for row in rows {
      #expect(Set(row).count == 16 && row.allSatisfy { (0..<65).contains($0) })
    }
    #expect(rows[0] != rows[1])
    let two = try #require(try kept(2..<4, tokens: 65)).scalars(Int64.self)
    #expect(two == rows[2] + rows[3])
  }

  /// Every token, the class token included, is kept as often as any other.
  @Test func allTokensAreKeptAlike() throws {
    let places = try #require(try kept(0..<4_000, tokens: 20)).scalars(Int64.self)
    for token in 0..<20 {
      let share = Double(places.filter { $0 == Int64(token) }.count) / 4_000
      #expect(abs(share - 0.25) < 0.035, "token \(token): \(share)")
    }
  }

  @Test func thePathIsDroppedForWholeBatchesAtTheGivenRate() throws {
    let drops = try streams(0..<4_000).filter { batch in
      try positions(SprintRouting(middle: 2..<4), streams(0..<1), batch: batch, tokens: 8)?
        .shape[1] == 0
    }
    #expect(abs(Double(drops.count) / 4_000 - 0.05) < 0.015)
  }
}
