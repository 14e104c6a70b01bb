import Models
import Nets
import Tensors

/// The golden fixture `srdit_tiny`, and its SiT with all options of SR-DiT.
public struct SRDiTTiny {
  /// The manifest's settings of what SR-DiT adds to a SiT.
  private struct Parts: Decodable {
    let zDims: [Int]
    let projectorDim: Int
    let clsTokenDim: Int
    let qkNorm: Bool
    /// The number of blocks in encoder, middle and decoder.
    let blocksFGH: [Int]
    let dropRatio: Double
    let pathDrop: Double
    let tokensT: Int
    let tokensKeptK: Int
  }

  /// Inputs, outputs and tolerances.
  public let fixture: GoldenFixture
  /// The sizes of the model in the manifest.
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

  /// The middle blocks, which only get some of the tokens.
  public var middle: Range<Int> {
    parts.blocksFGH[0]..<parts.blocksFGH[0] + parts.blocksFGH[1]
  }

  /// The manifest's routing, the number of tokens of a full sequence, and how many of them are kept.
  public var training: (routing: SprintRouting, tokens: Int, kept: Int) {
    var routing = SprintRouting(middle: middle)
    routing.dropRatio = parts.dropRatio
    routing.pathDrop = parts.pathDrop
    return (routing, parts.tokensT, parts.tokensKeptK)
  }

  /// Combines two inputs of a case, item and class token, to a state.
  public func pair(_ state: String, _ classToken: String, of golden: GoldenFixture.Case) throws
    -> DiffusionState
  {
    try DiffusionState(
      fixture.input(state, of: golden), classToken: fixture.input(classToken, of: golden))
  }

  /// The route of a case: with the recorded kept tokens, or with none; `nil` if all tokens are used.
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
  ///   - state: replaces the case's own state.
  ///   - time: replaces the case's own time.
  public func run(
    _ golden: GoldenFixture.Case, _ state: DiffusionState? = nil, time: Tensor? = nil
  ) throws -> ForwardRun {
    try ForwardRun(
      model, state ?? pair("x", "cls", of: golden), time: time ?? fixture.input("t", of: golden),
      labels: fixture.labels(of: golden), route: route(of: golden))
  }
}
