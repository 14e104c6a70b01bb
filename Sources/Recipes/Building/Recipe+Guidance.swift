import Diagnostics
import Models
import Samples
import Sampling

/// What makes the weak prediction weak that guidance leads away from.
public enum GuidanceSource: String, CaseIterable, Codable, Sendable {
  /// It does not know the class: classifier-free guidance.
  case label
  /// The middle blocks do not run: for models trained with SPRINT.
  case path
  /// Neither class nor middle blocks: SPRINT's path-drop guidance.
  case pathLabel = "path-label"
  /// More of its tokens skip the route's blocks: for models trained with TREAD.
  ///
  /// - Source: Sparse Guidance, arXiv 2601.01608; both predictions keep the class.
  case routes
  /// The same without the class.
  case routesLabel = "routes-label"

  /// The conditions that the weak prediction is not told.
  var drops: Set<ConditionKind> {
    switch self {
    case .label, .pathLabel, .routesLabel: .all
    case .path, .routes: []
    }
  }
}

/// How pictures are drawn, wherever a recipe says it.
public protocol DrawingSettings {
  /// The numerical method.
  var solver: Solver { get }
  /// The solver's steps.
  var steps: Int { get }
  /// The factor of the time shift of the solver's grid; 0 takes the training's.
  var timeShift: Double { get }
  /// The guidance scale; 1 is none.
  var guidance: Double { get }
  /// No guidance at times below this.
  var guidanceLow: Double { get }
  /// No guidance at times above this.
  var guidanceHigh: Double { get }
  /// What makes the weak prediction weak.
  var guidanceSource: GuidanceSource { get }
  /// The shares of tokens that skip in the strong and in the weak prediction: `0.5, 0.9`.
  var guidanceRates: String { get }
  /// The guidance scale of the class token; 0 leaves it alone.
  var classTokenGuidance: Double { get }
}

extension Recipe {
  /// The guidance that some settings describe, for what this recipe trains.
  ///
  /// - Throws: ``PeregrineError`` `.usage` for a source that the training has nothing of.
  func makeGuidance(_ settings: any DrawingSettings) throws -> Guidance {
    var guidance = Guidance(
      scale: settings.guidance, low: settings.guidanceLow, high: settings.guidanceHigh)
    guidance.classTokenScale = settings.classTokenGuidance
    guidance.source = settings.guidanceSource.rawValue
    let dropped = settings.guidanceSource.drops
    let depth = try Backbones.depth(ofPreset: model.preset)
    switch settings.guidanceSource {
    case .label: break
    case .path, .pathLabel:
      try require(.sprint, for: settings.guidanceSource)
      guidance.weak = .withoutPath(
        middle: routing.sprintShape.middle(depth: depth), dropping: dropped)
    case .routes, .routesLabel:
      try require(.tread, for: settings.guidanceSource)
      let rates = try Self.rates(settings.guidanceRates)
      guidance.source += " \(rates.strong)/\(rates.weak)"
      guidance.routing = try makeTREAD(depth: depth, rate: rates.strong)
      guidance.weak = WeakPrediction(
        dropping: dropped, routing: try makeTREAD(depth: depth, rate: rates.weak))
    }
    return guidance
  }

  private func require(_ method: Routing.Method, for source: GuidanceSource) throws {
    guard routing.method == method else {
      throw PeregrineError(
        .usage, doing: "choosing a guidance",
        found: "guidance by `\(source.rawValue)` for a model trained with "
          + "`routing.method: \(routing.method.rawValue)`",
        expected: "`routing.method: \(method.rawValue)`", advice: "Guide by `label`.")
    }
  }

  private static func rates(_ text: String) throws -> (strong: Double, weak: Double) {
    let rates = text.split(separator: ",").map { Double($0.filter { $0 != " " }) ?? .nan }
    guard rates.count == 2, rates.allSatisfy((0..<1).contains), rates[0] < rates[1] else {
      throw PeregrineError(
        .usage, doing: "choosing a guidance by routes", found: "the rates `\(text)`",
        expected: "the strong prediction's share of skipping tokens and a greater one of the weak, "
          + "such as `0.5, 0.9`")
    }
    return (rates[0], rates[1])
  }
}
