import Models
import Nets
import Tensors

/// The golden fixture `srdit_tiny`, and the model it was made for with its weights.
public struct SRDiTTiny {
  /// Inputs, outputs and tolerances.
  public let fixture: GoldenFixture
  /// The model with the fixture's weights, loaded strictly.
  public let model: SiT

  /// Whether the fixture is there, for the condition of a test.
  public static let exists = GoldenFixture.exists("srdit_tiny", in: SharedFolder.fixtures)

  /// What the model was built from.
  public static let configuration = SiTConfiguration(
    size: TransformerSize(depth: 6, width: 96, heads: 3), patch: 1, channels: 32, side: 8,
    classCount: 10
  ).speedrun(teacherWidth: 48, projectorWidth: 64)

  /// The blocks that only some tokens run through.
  public static let middle = 2..<4

  /// Reads both.
  public init() throws {
    fixture = try GoldenFixture("srdit_tiny", in: SharedFolder.fixtures)
    model = try SiT(Self.configuration)
    try model.load(fixture.weights, from: "srdit_tiny")
  }

  /// Two inputs of a case as state and class token.
  public func pair(_ state: String, _ classToken: String, of golden: GoldenFixture.Case) throws
    -> DiffusionState
  {
    try DiffusionState(
      fixture.input(state, of: golden), classToken: fixture.input(classToken, of: golden))
  }

  /// An integer input of a case.
  public func integers(_ role: String, of golden: GoldenFixture.Case) throws -> [Int] {
    try fixture.input(role, of: golden).scalars(Int64.self).map { Int($0) }
  }
}
