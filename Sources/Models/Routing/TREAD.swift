import Diagnostics
import DiffusionMath
import Foundation
import Tensors

/// TREAD: during training, a share of the tokens skips a range of blocks and is put back unchanged.
///
/// Which tokens are kept is drawn for each row, pass and route separately. Kept tokens stay in the
/// order of the sequence. Without a route, or at rate 0, every token runs through every block and
/// the result is that of the plain model bit for bit.
/// - Source: arXiv 2501.04765 (ICCV 2025); matches fixture `tread_tiny`.
public struct TREAD: TokenRouting, Equatable, Sendable {
  /// A range of blocks and the share of tokens that skips it.
  public struct Route: Equatable, Sendable {
    /// The blocks that are skipped, including the last one.
    public let blocks: ClosedRange<Int>
    /// The share of the tokens that skip the blocks, from 0 to below 1.
    public let rate: Double

    /// Creates a route.
    public init(blocks: ClosedRange<Int>, rate: Double) {
      self.blocks = blocks
      self.rate = rate
    }
  }

  /// Which tokens are kept.
  public enum Selection: String, CaseIterable, Codable, Sendable {
    /// Tokens drawn uniformly, as published.
    case random
    /// Whole rows of the grid, so that kept tokens keep their neighbours.
    case rows
  }

  /// The routes, in the order of their blocks.
  public let routes: [Route]
  /// Which tokens are kept.
  public let selection: Selection
  /// The number of tokens at the start of the sequence that are always kept, such as a class token.
  public let leadingKept: Int

  /// Creates a routing for a backbone of `depth` blocks.
  ///
  /// - Throws: ``PeregrineError`` `.usage` naming the first route that does not fit.
  public init(
    _ routes: [Route], selection: Selection = .random, depth: Int, leadingKept: Int = 0
  ) throws {
    let ends = [-1] + routes.map(\.blocks.upperBound)
    for (route, end) in zip(routes, ends) {
      let name = "\(route.blocks.lowerBound)-\(route.blocks.upperBound)"
      guard route.blocks.lowerBound >= 0, route.blocks.upperBound < depth else {
        throw PeregrineError(
          .usage, doing: "choosing routes", found: "the route \(name)",
          expected: "blocks from 0 to \(depth - 1), because the backbone has \(depth)",
          advice: "Published routes run from block 2 to the fourth from the end.")
      }
      guard route.blocks.lowerBound > end else {
        throw PeregrineError(
          .usage, doing: "choosing routes",
          found: "the route \(name) after one that ends at \(end)",
          expected: "routes in order that do not overlap")
      }
      guard (0..<1).contains(route.rate) else {
        throw PeregrineError(
          .usage, doing: "choosing routes", found: "the rate \(route.rate) of the route \(name)",
          expected: "a share of skipped tokens from 0 to below 1")
      }
    }
    self.routes = routes
    self.selection = selection
    self.leadingKept = leadingKept
  }

  /// The blocks of the published route: from block 2 to the fourth block from the end, whatever the
  /// depth.
  ///
  /// - Returns: `nil` for a backbone of fewer than 6 blocks.
  public static func publishedBlocks(depth: Int) -> ClosedRange<Int>? {
    depth < 6 ? nil : 2...depth - 4
  }

  /// Draws the kept tokens of one pass. Each row draws from its own stream, one route after the other.
  ///
  /// - Throws: ``PeregrineError`` `.usage` if rows are to be kept and the tokens do not form a square.
  public func route(streams: [RandomStream], batch: RandomStream, tokens: Int) throws
    -> any TokenRoute
  {
    let lengths = try routes.map { try keptCount($0, of: tokens) }
    var kept = [[Int64]](repeating: [], count: routes.count)
    for var stream in streams {
      for (index, length) in lengths.enumerated() where length < tokens {
        kept[index] += draw(length, of: tokens, &stream).map(Int64.init)
      }
    }
    let detours = try zip(routes, zip(lengths, kept)).filter { $1.0 < tokens }.map { route, drawn in
      TREADRoute.Detour(
        blocks: route.blocks, kept: try Tensor(drawn.1, shape: [streams.count, drawn.0]))
    }
    return TREADRoute(detours)
  }

  /// The number of tokens that block `index` gets.
  public func tokenCount(inBlock index: Int, of tokens: Int) throws -> Int {
    guard let route = routes.first(where: { $0.blocks.contains(index) }) else { return tokens }
    return try keptCount(route, of: tokens)
  }

  /// `tokens − ⌊rate · tokens⌋`, or the same formula in rows; at least one. Leading tokens are
  /// added to it.
  private func keptCount(_ route: Route, of allTokens: Int) throws -> Int {
    let tokens = allTokens - leadingKept
    switch selection {
    case .random:
      return leadingKept + max(1, tokens - Int(route.rate * Double(tokens)))
    case .rows:
      let side = Int(Double(tokens).squareRoot().rounded())
      guard side * side == tokens else {
        throw PeregrineError(
          .usage, doing: "choosing rows of tokens", found: "\(tokens) tokens",
          expected: "a square number of them", advice: "Select tokens at random.")
      }
      return leadingKept + side * max(1, side - Int(route.rate * Double(side)))
    }
  }

  /// The kept positions of one row of the batch, ascending.
  private func draw(_ length: Int, of tokens: Int, _ stream: inout RandomStream) -> [Int] {
    let drawn = drawAfterLeading(length - leadingKept, of: tokens - leadingKept, &stream)
    return Array(0..<leadingKept) + drawn.map { $0 + leadingKept }
  }

  private func drawAfterLeading(_ length: Int, of tokens: Int, _ stream: inout RandomStream)
    -> [Int]
  {
    switch selection {
    case .random:
      return stream.permutation(tokens).prefix(length).sorted()
    case .rows:
      let side = Int(Double(tokens).squareRoot().rounded())
      let rows = stream.permutation(side).prefix(length / side).sorted()
      return rows.flatMap { row in (0..<side).map { row * side + $0 } }
    }
  }
}

/// The routes of one forward pass of ``TREAD``, with the positions of the kept tokens.
public final class TREADRoute: TokenRoute {
  /// A range of blocks through which only kept tokens run.
  public struct Detour {
    /// The blocks, including both ends.
    public let blocks: ClosedRange<Int>
    /// `[batch, kept tokens]` int64 positions, in any order.
    public let kept: Tensor

    /// Creates a detour.
    public init(blocks: ClosedRange<Int>, kept: Tensor) {
      self.blocks = blocks
      self.kept = kept
    }
  }

  private let detours: [Detour]
  /// The full sequence from before the current detour, and where its kept tokens belong in it.
  private var waiting: (tokens: Tensor, places: Tensor)?

  /// Creates a route from detours, which must not overlap.
  public init(_ detours: [Detour]) { self.detours = detours }

  /// Before a detour, takes out the tokens that are not kept.
  public func enter(block index: Int, _ sequence: TokenSequence) throws -> TokenSequence {
    guard let detour = detours.first(where: { $0.blocks.lowerBound == index }) else {
      return sequence
    }
    let kept = try detour.kept.to(on: sequence.tokens.device)
    let places = try kept.unsqueezed(-1).expanded(kept.shape + [sequence.tokens.shape[2]])
    waiting = (sequence.tokens, places)
    return TokenSequence(try sequence.tokens.gathered(1, places), positions: kept)
  }

  /// The route of some rows of the batch.
  public func choosing(_ rows: RowSet) throws -> any TokenRoute {
    if rows.isWhole { return self }
    return try TREADRoute(
      detours.map { Detour(blocks: $0.blocks, kept: try rows.of($0.kept)) })
  }

  /// After a detour, puts the other tokens back unchanged.
  public func leave(block index: Int, _ sequence: TokenSequence) throws -> TokenSequence {
    guard let waiting, detours.contains(where: { $0.blocks.upperBound == index }) else {
      return sequence
    }
    self.waiting = nil
    return TokenSequence(try waiting.tokens.scattering(sequence.tokens, 1, waiting.places))
  }
}
