import Models
import Nets

/// The golden fixture `jlt_tiny`, and the JLT it was made for with its weights.
public struct JLTTiny {
  /// Whether the fixture is there.
  public static let exists = GoldenFixture.exists("jlt_tiny", in: SharedFolder.fixtures)
  /// Inputs, outputs and tolerances.
  public let fixture: GoldenFixture
  /// A JLT with the fixture's weights.
  public let model: JLT

  /// Reads both.
  ///
  /// - Parameter predictsVelocity: read the output as JLT's velocity and not as clean data.
  public init(predictsVelocity: Bool = false) throws {
    fixture = try GoldenFixture("jlt_tiny", in: SharedFolder.fixtures)
    var configuration = JLTConfiguration(
      size: TransformerSize(depth: 4, width: 96, heads: 4), patch: 1, channels: 8, side: 8,
      classCount: 10)
    configuration.predictsReversedVelocity = predictsVelocity
    model = try JLT(configuration)
    try model.load(fixture.weights, from: "jlt_tiny")
  }
}
