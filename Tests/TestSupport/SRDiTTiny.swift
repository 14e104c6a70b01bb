import Models
import Nets
import Tensors

/// The golden fixture `srdit_tiny`, and the SiT with all of SR-DiT's parts it was made for.
public struct SRDiTTiny {
  /// What SR-DiT adds to a SiT, by the manifest.
  private struct Parts: Decodable {
    let zDims: [Int]
    let projectorDim: Int
    let clsTokenDim: Int
    let qkNorm: Bool
    /// The blocks of encoder, middle and decoder.
    let blocksFGH: [Int]
    let dropRatio: Double
    let pathDrop: Double
    let tokensT: Int
    let tokensKeptK: Int
  }

  /// Inputs, outputs and tolerances.
  public let fixture: GoldenFixture
  /// What the manifest says of the model.
  public let sizes: GoldenSizes
  /// The model with the fixture's weights, loaded strictly.
  public let model: SiT
  private let parts: Parts

  /// The names of the fixture's cases.
  public static var caseNames: [String] {
    get throws { try GoldenFixture.caseNames("srdit_tiny") }
  }

  /// Reads the fixture and builds its model.
  public init() throws {
    fixture = try GoldenFixture("srdit_tiny")
    sizes = try fixture.configuration(as: GoldenSizes.self)
    parts = try fixture.configuration(as: Parts.self)
    model = try SiT(Self.configuration(sizes, parts))
    try model.load(fixture.weights, from: fixture.name)
  }

  private static func configuration(_ sizes: GoldenSizes, _ parts: Parts) -> SiTConfiguration {
    var configuration = sizes.configuration(of: SiTConfiguration.self).speedrun(
      teacherWidth: parts.zDims[0], projectorWidth: parts.projectorDim)
    configuration.options.classTokenWidth = parts.clsTokenDim
    configuration.options.normalizesQueriesAndKeys = parts.qkNorm
    configuration.options.sprint?.encoderDepth = parts.blocksFGH[0]
    configuration.options.sprint?.decoderDepth = parts.blocksFGH[2]
    configuration.options.alignment?.depths = [parts.blocksFGH[0]]
    return configuration
  }

  /// The blocks that only some tokens run through.
  public var middle: Range<Int> {
    parts.blocksFGH[0]..<parts.blocksFGH[0] + parts.blocksFGH[1]
  }

  /// The manifest's routing, the tokens of a whole sequence, and how many of them it keeps.
  public var training: (routing: SprintRouting, tokens: Int, kept: Int) {
    var routing = SprintRouting(middle: middle)
    routing.dropRatio = parts.dropRatio
    routing.pathDrop = parts.pathDrop
    return (routing, parts.tokensT, parts.tokensKeptK)
  }

  /// Two inputs of a case as state and class token.
  public func pair(_ state: String, _ classToken: String, of golden: GoldenFixture.Case) throws
    -> DiffusionState
  {
    try DiffusionState(
      fixture.input(state, of: golden), classToken: fixture.input(classToken, of: golden))
  }

  /// The route of a case: the recorded tokens, none of them, or `nil` for every token.
  public func route(of golden: GoldenFixture.Case) throws -> SprintRoute? {
    if golden.params.uncond == true || golden.params.pathDrop == true {
      return try SprintRoute(
        droppingPathOf: fixture.labels(of: golden).count, middle: middle)
    }
    guard golden.inputs["ids_keep"] != nil else { return nil }
    return SprintRoute(keeping: try fixture.input("ids_keep", of: golden), middle: middle)
  }

  /// The forward pass of a case.
  ///
  /// - Parameters:
  ///   - state: in place of the case's own.
  ///   - time: in place of the case's own.
  public func run(
    _ golden: GoldenFixture.Case, _ state: DiffusionState? = nil, time: Tensor? = nil
  ) throws -> ForwardRun {
    try ForwardRun(
      model, state ?? pair("x", "cls", of: golden), time: time ?? fixture.input("t", of: golden),
      labels: fixture.labels(of: golden), route: route(of: golden))
  }
}
