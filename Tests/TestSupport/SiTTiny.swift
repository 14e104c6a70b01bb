import Models
import Nets

/// The golden fixture `sit_tiny` of this repository, and the model it was made for with its weights.
public struct SiTTiny {
  /// Inputs, outputs and tolerances.
  public let fixture: GoldenFixture
  /// A plain SiT with the fixture's weights.
  public let model: SiT

  /// Reads both.
  public init() throws {
    fixture = try GoldenFixture(
      "sit_tiny", in: SharedFolder.packageRoot.appendingPathComponent("Fixtures/sit_tiny"))
    model = try SiT(
      SiTConfiguration(
        size: TransformerSize(depth: 3, width: 48, heads: 3), patch: 2, channels: 4, side: 8,
        classCount: 5))
    try model.load(fixture.weights, from: "sit_tiny")
  }
}
