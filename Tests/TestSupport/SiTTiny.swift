import Models
import Nets
import Tensors

/// The golden fixture `sit_tiny`, and its plain SiT with the fixture's weights.
public struct SiTTiny {
  /// Inputs, outputs and tolerances.
  public let fixture: GoldenFixture
  /// The sizes of the model in the manifest.
  public let sizes: GoldenSizes
  /// The model with the fixture's weights, loaded strictly.
  public let model: SiT

  /// This fixture is generated in the repository itself, so another fixture folder need not contain it.
  private static var folder: FixtureFolder {
    let current = FixtureFolder.current
    return current.exists && !current.has("sit_tiny") ? .own : current
  }

  /// The names of the fixture's cases.
  public static var caseNames: [String] {
    get throws { try GoldenFixture.caseNames("sit_tiny", in: folder) }
  }

  /// Reads the fixture and builds its model.
  public init() throws {
    fixture = try GoldenFixture("sit_tiny", in: Self.folder)
    sizes = try fixture.configuration(as: GoldenSizes.self)
    model = try SiT(sizes.configuration(of: SiTConfiguration.self))
    try model.load(fixture.weights, from: fixture.name)
  }

  /// The forward pass of a case.
  public func run(_ golden: GoldenFixture.Case) throws -> ForwardRun {
    try ForwardRun(
      model, DiffusionState(fixture.input("x", of: golden)), time: fixture.input("t", of: golden),
      labels: fixture.labels(of: golden))
  }
}
