import Models
import Nets

/// The golden fixture `tread_tiny`, and the SiT it was made for with its weights.
public struct TREADTiny {
  /// Whether the fixture is there.
  public static let exists = GoldenFixture.exists("tread_tiny", in: SharedFolder.fixtures)
  /// Inputs, outputs and tolerances.
  public let fixture: GoldenFixture
  /// A plain SiT with the fixture's weights.
  public let model: SiT
  /// The blocks of the fixture's route.
  public let blocks = 2...4

  /// Reads both.
  public init() throws {
    fixture = try GoldenFixture("tread_tiny", in: SharedFolder.fixtures)
    model = try SiT(
      SiTConfiguration(
        size: TransformerSize(depth: 7, width: 64, heads: 4), patch: 2, channels: 4, side: 10,
        classCount: 10))
    try model.load(fixture.weights, from: "tread_tiny")
  }

  /// The recorded route of a case.
  public func route(of golden: GoldenFixture.Case) throws -> TREADRoute {
    try TREADRoute([.init(blocks: blocks, kept: fixture.input("ids_keep.0", of: golden))])
  }
}
