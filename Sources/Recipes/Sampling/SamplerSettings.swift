import Diagnostics
import Foundation
import Sampling

/// All settings of sampling from a trained model.
///
/// Sections of a recipe contain them, commands offer each as an option, and they determine the
/// names of sets of pictures and the protocols of scores. A new setting needs a property and a case
/// here, and is used where a sampler is made.
public struct SamplerSettings: Codable, Equatable, Sendable {
  /// The numerical method.
  public var solver = Solver.heun
  /// The number of solver steps.
  public var steps = 25
  /// The factor of the time shift of the solver's time grid; 0 uses that of training.
  public var timeShift = 0.0
  /// The guidance scale; 1 is no guidance.
  public var guidance = 1.0
  /// The smallest time with guidance; 0 is data.
  public var guidanceLow = 0.0
  /// The largest time with guidance; 1 is noise.
  public var guidanceHigh = 1.0
  /// How the weak prediction of guidance is made.
  public var guidanceSource = GuidanceSource.label
  /// For guidance by routes: the shares of tokens that skip blocks in the strong and in the weak
  /// prediction.
  public var guidanceRates = [0.5, 0.9]
  /// The guidance scale of the class token (REG); with 0 it is not guided.
  public var classTokenGuidance = 0.0
  /// The policy that decides at which steps the network's outputs are forecast from earlier ones.
  public var accelerate = Acceleration.none
  /// For `first-block` and `dbcache`: the relative change of the first blocks below which outputs are
  /// forecast.
  public var threshold = 0.1
  /// For `softcap`: the most that is computed, as a share of everything, with the probe counted.
  public var budget = 0.4
  /// For `softcap`: the most steps at which everything is computed; 0 takes ``budget``.
  public var fulls = 0
  /// For policies with fixed intervals: the number of steps from one full step to the next.
  public var interval = 4
  /// The order of forecasts; 0 reuses the last outputs.
  public var order = 2
  /// Which outputs are forecast.
  public var cacheSite = Site.policy

  /// Creates settings with all defaults.
  public init() {}

  /// The settings by their names in recipes.
  public enum CodingKeys: String, CodingKey, CaseIterable, Sendable {
    case solver, steps
    case timeShift = "time_shift"
    case guidance
    case guidanceLow = "guidance_low"
    case guidanceHigh = "guidance_high"
    case guidanceSource = "guidance_source"
    case guidanceRates = "guidance_rates"
    case classTokenGuidance = "class_token_guidance"
    case accelerate, threshold, budget, fulls, interval, order
    case cacheSite = "cache_site"

    /// The help text of the setting.
    public var help: String {
      switch self {
      case .solver: "The numerical method."
      case .steps: "Steps of the solver; heun makes two evaluations per step."
      case .timeShift: "The factor of the time shift of the solver's grid; 0 takes the training's."
      case .guidance: "Classifier-free guidance scale; 1 is none."
      case .guidanceLow: "No guidance at times below this; 0 is data."
      case .guidanceHigh: "No guidance at times above this; 1 is noise."
      case .guidanceSource:
        "What guidance leads away from: label (no class), path or path-label (SPRINT's middle blocks "
          + "off), routes or routes-label (TREAD's skipping more tokens)."
      case .guidanceRates:
        "For guidance by routes: the shares that skip, strong and weak, such as 0.5,0.9."
      case .classTokenGuidance: "The guidance scale of the class token (REG); 0 leaves it alone."
      case .accelerate:
        "Forecast the network's outputs at some steps, chosen by: softcap (a budget), taylorseer or fora "
          + "(fixed intervals), speca (checked forecasts), first-block or dbcache (a threshold)."
      case .threshold:
        "For first-block and dbcache: forecast while the first blocks changed less than this; 0 computes "
          + "everything."
      case .budget: "For softcap: the share of the compute to be spent, such as 40%."
      case .fulls:
        "For softcap: the most steps that are computed, instead of a budget; 0 takes the budget."
      case .interval: "For taylorseer and fora: every how many steps the network is computed."
      case .order: "The order of forecasts: 0 reuses, 1 is linear, 2 quadratic."
      case .cacheSite:
        "What is forecast: tail (all blocks after the first), stack (all blocks), modules (each "
          + "attention and MLP), or policy (its own)."
      }
    }

    /// The accepted texts; empty unless they are a closed set.
    public var choices: [String] { SamplerSettings.accepted[rawValue]?.choices ?? [] }
  }

  static let accepted: [String: Accepted] = [
    "solver": .cases(of: Solver.self), "guidance_source": .cases(of: GuidanceSource.self),
    "accelerate": .cases(of: Acceleration.self), "cache_site": .cases(of: Site.self),
  ]

  /// The rules for the settings in a section of a recipe.
  func rules(at section: String) -> [Recipe.Rule] {
    [
      Recipe.rule("\(section).steps", steps, .solverSteps),
      Recipe.rule("\(section).time_shift", timeShift, .factor),
      Recipe.rule("\(section).guidance", guidance, .guidance),
      Recipe.rule("\(section).guidance_low", guidanceLow, .unit),
      Recipe.rule("\(section).guidance_high", guidanceHigh, .unit),
      (
        "\(section).guidance_low", guidanceLow, guidanceLow <= guidanceHigh,
        "at most `guidance_high: \(guidanceHigh)`"
      ),
      Recipe.rule("\(section).guidance_rates", each: guidanceRates, .unit),
      Recipe.rule("\(section).class_token_guidance", classTokenGuidance, .guidance),
      Recipe.rule("\(section).threshold", threshold, .factor),
      Recipe.rule("\(section).budget", budget, .unit),
      Recipe.rule("\(section).fulls", fulls, Bounds(0...100_000)),
      Recipe.rule("\(section).interval", interval, .solverSteps),
      Recipe.rule("\(section).order", order, Bounds(0...4)),
    ]
  }

  /// The settings that differ from their defaults, each as JSON.
  func changes() throws -> [String: String] {
    func texts(_ settings: SamplerSettings) throws -> [String: String] {
      let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(settings))
      return (object as? [String: Any] ?? [:]).mapValues { "\($0)" }
    }
    let defaults = try texts(SamplerSettings())
    return try texts(self).filter { defaults[$0.key] != $0.value }
  }

  /// The text of a setting in the protocol of a score; `nil` if it does not appear there.
  ///
  /// - Parameter trainedShift: the factor of the time shift in training.
  func protocolText(of key: CodingKeys, trainedShift: Double) -> String? {
    switch key {
    case .solver: solver.rawValue
    case .steps: "\(steps)"
    case .timeShift: "\(timeShift(orTrained: trainedShift))"
    case .guidance: "\(guidance)"
    case .guidanceLow: "\(guidanceLow)"
    case .guidanceHigh: "\(guidanceHigh)"
    case .guidanceSource: guidanceSource == .label ? nil : sourceText
    // The rates are part of the source's text.
    case .guidanceRates: nil
    case .classTokenGuidance: classTokenGuidance > 0 ? "\(classTokenGuidance)" : nil
    case .accelerate: accelerate == .none ? nil : accelerate.rawValue
    case .threshold: accelerate.usesThreshold ? "\(threshold)" : nil
    case .budget: accelerate == .softCap && fulls == 0 ? "\(budget)" : nil
    case .fulls: accelerate == .softCap && fulls > 0 ? "\(fulls)" : nil
    case .interval: accelerate.usesInterval ? "\(interval)" : nil
    case .order: accelerate.usesOrder ? "\(order)" : nil
    case .cacheSite: accelerate == .none || cacheSite == .policy ? nil : cacheSite.rawValue
    }
  }

  /// The factor of the time shift used in sampling, given that of training.
  func timeShift(orTrained trained: Double) -> Double { timeShift == 0 ? trained : timeShift }

  /// The guidance source as text, for routes with the rates: `routes 0.5/0.9`.
  var sourceText: String {
    let rates = guidanceRates.map { "\($0)" }.joined(separator: "/")
    return guidanceSource.rawValue + (guidanceSource.isByRoutes ? " \(rates)" : "")
  }
}
