import Diagnostics
import Models

extension Recipe {
  /// Which tokens run through which blocks while training; sampling and validation use all.
  public struct Routing: Codable, Equatable, Sendable {
    /// The method.
    public var method = Method.none
    /// The blocks of each route: `2-8`, or `2-8` and `10-12`. Empty for the published one, from block 2 to
    /// the fourth from the end.
    public var routes: [BlockRange] = []
    /// The share of tokens that skips a route's blocks: 0.5 in TREAD, 0.75 in SPRINT.
    public var rate = 0.5
    /// Which tokens are kept by TREAD.
    public var selection = TREAD.Selection.random
    /// The first blocks, which see every token, for SPRINT.
    public var encoderBlocks = 2
    /// The last blocks, which see every token again, for SPRINT.
    public var decoderBlocks = 2
    /// The probability that SPRINT's middle blocks do not run for a whole batch.
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

  /// The routing of training; `nil` for none.
  ///
  /// - Throws: ``PeregrineError`` `.usage` naming the route that the backbone does not have.
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

  /// TREAD on the recipe's routes with a given rate.
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
    ]
  }
}
