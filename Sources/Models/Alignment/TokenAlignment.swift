import Nets
import Tensors

/// Projects intermediate tokens to a teacher's token space, for REPA.
///
/// - Source: REPA, arXiv 2410.06940; one projector for several depths, as in SR-DiT's later steps.
final class TokenAlignment: TrunkExtension {
  private let shape: AlignmentShape
  private let width: Int
  fileprivate let projector: AlignmentProjector

  init(_ shape: AlignmentShape, width: Int) throws {
    self.shape = shape
    self.width = width
    projector = try AlignmentProjector(
      width: width, hidden: shape.hidden, teacherWidth: shape.teacherWidth)
  }

  /// `projectors.0`.
  func members(_ place: MemberPlace) -> [Member] {
    place == .afterBlocks ? [.module("projectors.0", projector)] : []
  }

  func visit(_ context: ForwardContext) -> (any TrunkVisitor)? {
    context.isProjecting ? AlignmentVisitor(self, depths: shape.depths) : nil
  }

  /// The cost of running the projector on every compared token.
  func projectionFLOPs(tokens: Int, depth: Int, routing: (any TokenRouting)?) throws -> Double {
    let (width, hidden) = (Double(self.width), Double(shape.hidden))
    let perToken = width * hidden + hidden * hidden + hidden * Double(shape.teacherWidth)
    let seen = try shape.depths.map { tap in
      // After a route's last block all tokens are back.
      let before = try routing?.tokenCount(inBlock: tap - 1, of: tokens) ?? tokens
      let after = tap < depth ? try routing?.tokenCount(inBlock: tap, of: tokens) ?? tokens : tokens
      return max(before, after)
    }
    return 2 * perToken * Double(seen.reduce(0, +))
  }
}

/// Keeps the tokens after the blocks that alignment names.
private final class AlignmentVisitor: TrunkVisitor {
  private let alignment: TokenAlignment
  private let depths: [Int]
  private var taps: [ProjectedTokens]

  init(_ alignment: TokenAlignment, depths: [Int], taps: [ProjectedTokens] = []) {
    self.alignment = alignment
    self.depths = depths
    self.taps = taps
  }

  func enter(block index: Int, _ sequence: TokenSequence) {}

  func leave(block index: Int, _ sequence: TokenSequence) throws -> TokenSequence {
    if sequence.tokens.shape[1] > 0, depths.contains(index + 1) {
      taps.append(
        ProjectedTokens(
          depth: index + 1, tokens: try sequence.withoutPrefix, positions: sequence.positions))
    }
    return sequence
  }

  func of(_ rows: RowSet) throws -> any TrunkVisitor {
    let chosen = try taps.map {
      ProjectedTokens(
        depth: $0.depth, tokens: try rows.of($0.tokens), positions: try $0.positions.map(rows.of))
    }
    return AlignmentVisitor(alignment, depths: depths, taps: chosen)
  }

  func projections() throws -> [ProjectedTokens] {
    try taps.map { tap in
      var projected = tap
      projected.tokens = try alignment.projector(tap.tokens)
      return projected
    }
  }
}
