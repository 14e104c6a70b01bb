import Diagnostics
import Models

extension Recipe {
  /// Which tokens run through which blocks in training. Validation and sampling use all tokens,
  /// except for guidance by routes or path.
  public struct Routing: Codable, Equatable, Sendable {
    /// The method.
    public var method = Method.none
    /// The blocks of each TREAD route, such as `2-8`, or `2-8` and `10-12`. Empty for the published
    /// route, from block 2 to the fourth block from the end.
    public var routes: [BlockRange] = []
    /// The share of tokens that skip a route's blocks: 0.5 in TREAD, 0.75 in SPRINT.
    public var rate = 0.5
    /// How TREAD selects the tokens that are kept.
    public var selection = TREAD.Selection.random
    /// For SPRINT: the number of first blocks, which get every token.
    public var encoderBlocks = 2
    /// For SPRINT: the number of last blocks, which get every token again.
    public var decoderBlocks = 2
    /// For SPRINT: the probability that the middle blocks do not run, drawn once per batch.
    public var pathDrop = 0.05

    /// A routing method.
    public enum Method: String, CaseIterable, Codable, Sendable {
      case none, tread, sprint
    }
    enum CodingKeys: String, CodingKey {
      case method, routes, rate, selection
      case encoderBlocks = "encoder_blocks"
      case decoderBlocks = "decoder_blocks"
      case pathDrop = "path_drop"
    }

    static let accepted: [String: Accepted] = [
      "method": .cases(of: Method.self), "selection": .cases(of: TREAD.Selection.self),
      "routes": .words("first and last block of each route, such as `2-8` or `2-8, 10-12`"),
    ]

    /// SPRINT's three parts.
    var sprintShape: SprintShape {
      var shape = SprintShape()
      shape.encoderDepth = encoderBlocks
      shape.decoderDepth = decoderBlocks
      return shape
    }
  }

  /// Makes the routing of training; `nil` for none.
  ///
  /// - Throws: ``PeregrineError`` `.usage` naming the route that does not fit the backbone.
  package func makeRouting(depth: Int) throws -> (any TokenRouting)? {
    switch routing.method {
    case .none: nil
    case .tread: try makeTREAD(depth: depth, rate: routing.rate)
    case .sprint: makeSprint(depth: depth)
    }
  }

  private func makeSprint(depth: Int) -> SprintRouting {
    var sprint = SprintRouting(middle: routing.sprintShape.middle(depth: depth))
    sprint.dropRatio = routing.rate
    sprint.pathDrop = routing.pathDrop
    return sprint
  }

  /// Makes TREAD with the recipe's routes and a given rate.
  func makeTREAD(depth: Int, rate: Double) throws -> TREAD {
    try TREAD(
      routeBlocks(depth: depth).map { TREAD.Route(blocks: $0, rate: rate) },
      selection: routing.selection, depth: depth, leadingKept: needsClassToken ? 1 : 0)
  }

  /// The ranges of blocks that `routing.routes` names.
  private func routeBlocks(depth: Int) throws -> [ClosedRange<Int>] {
    if routing.routes.isEmpty {
      guard let published = TREAD.publishedBlocks(depth: depth) else {
        throw PeregrineError(
          .usage, doing: "checking the recipe", found: "a backbone of \(depth) blocks",
          expected: "at least 6 for the published route",
          advice: "Name the blocks with `routing.routes`.")
      }
      return [published]
    }
    return routing.routes.map(\.blocks)
  }

  var routingRules: [Rule] {
    [
      ("routing.rate", routing.rate, (0..<1).contains(routing.rate), "from 0 to below 1"),
      ("routing.path_drop", routing.pathDrop, (0...1).contains(routing.pathDrop), "a probability"),
      Self.rule("routing.encoder_blocks", routing.encoderBlocks, .blocks.from(0)),
      Self.rule("routing.decoder_blocks", routing.decoderBlocks, .blocks.from(0)),
    ]
  }
}
