import DiffusionMath
import Models
import Nets
import Tensors

/// The golden fixture `jlt_tiny`, and its JLT with the fixture's weights.
public struct JLTTiny {
  /// Inputs, outputs and tolerances.
  public let fixture: GoldenFixture
  /// The sizes of the model in the manifest.
  public let sizes: GoldenSizes

  /// The names of the fixture's cases.
  public static var caseNames: [String] { get throws { try GoldenFixture.caseNames("jlt_tiny") } }

  /// Reads the fixture.
  public init() throws {
    fixture = try GoldenFixture("jlt_tiny")
    sizes = try fixture.configuration(as: GoldenSizes.self)
  }

  /// Builds the model with the fixture's weights, loaded strictly.
  ///
  /// - Parameter predictsVelocity: whether the output is JLT's velocity instead of clean data.
  public func model(predictsVelocity: Bool = false) throws -> JLT {
    var configuration = sizes.configuration(of: JLTConfiguration.self)
    configuration.predictsReversedVelocity = predictsVelocity
    let model = try JLT(configuration)
    try model.load(fixture.weights, from: fixture.name)
    return model
  }

  /// The times of a case in our time convention.
  public func times(of golden: GoldenFixture.Case) throws -> [Double] {
    try fixture.input("t", of: golden).scalars(Double.self).map(ReversedClock.time)
  }

  /// The forward pass of a case.
  public func run(_ golden: GoldenFixture.Case) throws -> ForwardRun {
    try ForwardRun(
      model(), DiffusionState(fixture.input("x", of: golden)),
      time: 1 - fixture.input("t", of: golden), labels: fixture.labels(of: golden))
  }
}
