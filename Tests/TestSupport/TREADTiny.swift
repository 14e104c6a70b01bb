import Models
import Nets
import Tensors

/// The golden fixture `tread_tiny`, and its plain SiT with the fixture's weights.
public struct TREADTiny {
  private struct Routes: Decodable {
    struct Route: Decodable {
      let selectionRatio: Double
      let startLayerIdx, endLayerIdx: Int
      var blocks: ClosedRange<Int> { startLayerIdx...max(startLayerIdx, endLayerIdx) }
    }
    let routes: [Route]
    let keptPerRoute: [Int]
    let tokensN: Int
  }

  /// Inputs, outputs and tolerances.
  public let fixture: GoldenFixture
  /// The sizes of the model in the manifest.
  public let sizes: GoldenSizes
  /// The model with the fixture's weights, loaded strictly.
  public let model: SiT
  private let routes: Routes

  /// Whether the fixture is tested. It may be missing in the repository's own folder, from which it
  /// can be removed; a folder in `PEREGRINE_FIXTURES` must contain it.
  public static let isThere = FixtureFolder.named != nil || FixtureFolder.own.has("tread_tiny")

  /// The names of the fixture's cases.
  public static var caseNames: [String] {
    get throws { try GoldenFixture.caseNames("tread_tiny") }
  }

  /// Reads the fixture and builds its model.
  public init() throws {
    fixture = try GoldenFixture("tread_tiny")
    sizes = try fixture.configuration(as: GoldenSizes.self)
    routes = try fixture.configuration(as: Routes.self)
    model = try SiT(sizes.configuration(of: SiTConfiguration.self))
    try model.load(fixture.weights, from: fixture.name)
  }

  /// The manifest's routes, the number of tokens of a full sequence, and how many of them each
  /// route keeps.
  public var training: (routing: TREAD, tokens: Int, kept: [Int]) {
    get throws {
      let published = routes.routes.map {
        TREAD.Route(blocks: $0.blocks, rate: $0.selectionRatio)
      }
      return (
        try TREAD(published, depth: sizes.depth), routes.tokensN, routes.keptPerRoute
      )
    }
  }

  /// The recorded route of a case; `nil` if its pass was dense.
  public func route(of golden: GoldenFixture.Case) throws -> TREADRoute? {
    let recorded = routes.routes.enumerated().filter {
      golden.inputs["ids_keep.\($0.offset)"] != nil
    }
    guard !recorded.isEmpty else { return nil }
    return try TREADRoute(
      recorded.map { index, route in
        try .init(blocks: route.blocks, kept: fixture.input("ids_keep.\(index)", of: golden))
      })
  }

  /// The forward pass of a case.
  ///
  /// - Parameter labels: replace the case's own labels.
  public func run(_ golden: GoldenFixture.Case, labels: [Int]? = nil) throws -> ForwardRun {
    try ForwardRun(
      model, DiffusionState(fixture.input("x", of: golden)), time: fixture.input("t", of: golden),
      labels: labels ?? fixture.labels(of: golden), route: route(of: golden))
  }
}
