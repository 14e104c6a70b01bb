import Acceleration
import Foundation
import Sampling

/// Everything that decides how samples are drawn from a trained model.
///
/// Sections of a recipe nest them, commands offer each as an option, and the names of drawn pictures and the
/// protocols of scores follow from them. A new setting is a property and a case here, and is used where a
/// sampler is made.
public struct SamplerSettings: Codable, Equatable, Sendable {
  /// The numerical method.
  public var solver = Solver.heun
  /// The solver's steps.
  public var steps = 25
  /// The factor of the time shift of the solver's grid; 0 takes the training's.
  public var timeShift = 0.0
  /// The guidance scale; 1 is none.
  public var guidance = 1.0
  /// No guidance at times below this.
  public var guidanceLow = 0.0
  /// No guidance at times above this.
  public var guidanceHigh = 1.0
  /// What makes the weak prediction weak that guidance leads away from.
  public var guidanceSource = GuidanceSource.label
  /// The shares of tokens that skip in the strong and in the weak prediction, for guidance by routes.
  public var guidanceRates = [0.5, 0.9]
  /// The guidance scale of the class token; 0 leaves it alone.
  public var classTokenGuidance = 0.0
  /// Which work of the network is answered from caches.
  public var accelerate = Acceleration.none
  /// Below this relative change of the first block a cache answers, for `first-block`.
  public var threshold = 0.1

  /// A way to answer the network's work from caches.
  public enum Acceleration: String, CaseIterable, Codable, Sendable {
    case none
    /// ``FirstBlockCache``.
    case firstBlock = "first-block"
  }

  /// Every default.
  public init() {}

  /// A setting by its name in recipes.
  public enum CodingKeys: String, CodingKey, CaseIterable, Sendable {
    case solver, steps
    case timeShift = "time_shift"
    case guidance
    case guidanceLow = "guidance_low"
    case guidanceHigh = "guidance_high"
    case guidanceSource = "guidance_source"
    case guidanceRates = "guidance_rates"
    case classTokenGuidance = "class_token_guidance"
    case accelerate, threshold

    /// What the setting says, in a line of help.
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
      case .accelerate: "Answer work of the network from caches: first-block, or none."
      case .threshold:
        "For first-block: answer while the first block changed less than this; 0 computes everything."
      }
    }

    /// The texts that the setting accepts, where they are a closed set.
    public var choices: [String] { SamplerSettings.accepted[rawValue]?.choices ?? [] }
  }

  static let accepted: [String: Accepted] = [
    "solver": .cases(of: Solver.self), "guidance_source": .cases(of: GuidanceSource.self),
    "accelerate": .cases(of: Acceleration.self),
  ]

  /// What must hold of the settings, wherever a recipe has them.
  func rules(at section: String) -> [Recipe.Rule] {
    [
      ("\(section).steps", steps, steps > 0, "at least 1"),
      (
        "\(section).time_shift", timeShift, timeShift >= 0 && timeShift.isFinite, "0 or more"
      ),
      ("\(section).guidance", guidance, guidance.isFinite, "a finite number"),
      ("\(section).guidance_low", guidanceLow, guidanceLow.isFinite, "a finite number"),
      ("\(section).guidance_high", guidanceHigh, guidanceHigh.isFinite, "a finite number"),
      (
        "\(section).class_token_guidance", classTokenGuidance, classTokenGuidance.isFinite,
        "a finite number"
      ),
      ("\(section).threshold", threshold, threshold.isFinite, "a finite number"),
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

  /// What the protocol of a score says of a setting; `nil` where it says nothing.
  ///
  /// - Parameter trainedShift: the factor of the training's time shift.
  func protocolText(of key: CodingKeys, trainedShift: Double) -> String? {
    switch key {
    case .solver: solver.rawValue
    case .steps: "\(steps)"
    case .timeShift: "\(timeShift(orTrained: trainedShift))"
    case .guidance: "\(guidance)"
    case .guidanceLow: "\(guidanceLow)"
    case .guidanceHigh: "\(guidanceHigh)"
    case .guidanceSource: guidanceSource == .label ? nil : sourceText
    // Part of the source.
    case .guidanceRates: nil
    case .classTokenGuidance: classTokenGuidance > 0 ? "\(classTokenGuidance)" : nil
    case .accelerate: accelerate == .none ? nil : accelerate.rawValue
    case .threshold: accelerate == .firstBlock ? "\(threshold)" : nil
    }
  }

  /// What decides about caches; `nil` where everything is computed.
  var cachePolicy: (any CachePolicy)? {
    switch accelerate {
    case .none: nil
    case .firstBlock: FirstBlockCache(threshold: threshold)
    }
  }

  /// The factor of the time shift that a model of some training is sampled with.
  func timeShift(orTrained trained: Double) -> Double { timeShift == 0 ? trained : timeShift }

  /// What guidance leads away from, with the rates of routes: `routes 0.5/0.9`.
  var sourceText: String {
    let rates = guidanceRates.map { "\($0)" }.joined(separator: "/")
    return guidanceSource.rawValue + (guidanceSource.isByRoutes ? " \(rates)" : "")
  }
}
