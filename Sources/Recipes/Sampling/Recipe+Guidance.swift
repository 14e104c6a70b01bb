import Diagnostics
import Models
import Sampling

extension Recipe {
  /// Makes the guidance of some settings, for models trained with this recipe.
  ///
  /// - Throws: ``PeregrineError`` `.usage` for a source that does not fit the training's routing.
  func makeGuidance(_ settings: SamplerSettings) throws -> Guidance {
    var guidance = Guidance(
      scale: settings.guidance, low: settings.guidanceLow, high: settings.guidanceHigh)
    guidance.classTokenScale = settings.classTokenGuidance
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
      let rates = try Self.checked(settings.guidanceRates)
      guidance.routing = try makeTREAD(depth: depth, rate: rates.strong)
      guidance.weak = WeakPrediction(
        dropping: dropped, routing: try makeTREAD(depth: depth, rate: rates.weak))
    }
    return guidance
  }

  /// Rejects guidance away from "no condition" if training never dropped the conditions, or always.
  ///
  /// - Throws: ``PeregrineError`` `.usage`.
  func checkThatNullIsTrained(_ settings: SamplerSettings) throws {
    let drop = objective.labelDrop
    guard settings.guidance != 1, !settings.guidanceSource.drops.isEmpty, drop <= 0 || drop >= 1
    else { return }
    throw PeregrineError(
      .usage, doing: "choosing a guidance",
      found:
        "`guidance: \(settings.guidance)` by `\(settings.guidanceSource.rawValue)` for a model "
        + "trained with `objective.label_drop: \(drop)`",
      expected: "a model that learned to predict with and without its conditions",
      advice: "Sample with `guidance: 1`, or train with `objective.label_drop: 0.1`.")
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

  private static func checked(_ rates: [Double]) throws -> (strong: Double, weak: Double) {
    guard rates.count == 2, rates.allSatisfy((0..<1).contains), rates[0] < rates[1] else {
      throw PeregrineError(
        .usage, doing: "choosing a guidance by routes",
        found: "the rates `\(rates.map { "\($0)" }.joined(separator: ", "))`",
        expected: "the strong prediction's share of skipping tokens and a greater one of the weak, "
          + "such as `0.5, 0.9`")
    }
    return (rates[0], rates[1])
  }
}
