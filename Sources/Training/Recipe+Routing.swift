import Diagnostics
import Models

extension Recipe {
  /// Which tokens run through which blocks while training; sampling and validation use all.
  public struct Routing: Codable, Equatable, Sendable {
    /// The method.
    public var method = Method.none
    /// First and last block of each route: `2-8`, or `2-8, 10-12`. Empty for the published one, from
    /// block 2 to the fourth from the end.
    public var routes = ""
    /// The share of tokens that skips a route's blocks.
    public var rate = 0.5
    /// Which tokens are kept.
    public var selection = TREAD.Selection.random

    /// A routing method.
    public enum Method: String, CaseIterable, Codable, Sendable {
      case none, tread
    }
  }

  /// The routing of training; `nil` for none.
  ///
  /// - Throws: ``PeregrineError`` `.usage` naming the route that the backbone does not have.
  func makeRouting(depth: Int) throws -> (any TokenRouting)? {
    switch routing.method {
    case .none: nil
    case .tread:
      try TREAD(
        routeBlocks(depth: depth).map { TREAD.Route(blocks: $0, rate: routing.rate) },
        selection: routing.selection, depth: depth)
    }
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
    return try routing.routes.split(separator: ",").map { text in
      let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        .map { Int($0.filter { $0 != " " }) }
      guard ends.count == 2, let first = ends[0], let last = ends[1], first <= last else {
        throw PeregrineError(
          .usage, doing: "checking the recipe", found: "`routing.routes: \(routing.routes)`",
          expected: "first and last block of each route, such as `2-8` or `2-8, 10-12`")
      }
      return first...last
    }
  }
}
