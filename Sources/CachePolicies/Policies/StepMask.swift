/// Computes the network at given steps, whatever the picture.
///
/// - Source: "steps computation mask" of vipshop/cache-dit with the policy `static`.
public struct StepMask: CachePolicy, Equatable {
  /// Where the mask comes from.
  public enum Source: Equatable, Sendable {
    /// For each step whether it is full.
    case steps([Bool])
    /// A preset, which has a mask for almost every number of steps.
    case preset(Preset)
  }

  /// Where the mask comes from.
  public let source: Source
  private var mask: [Bool] = []

  /// Creates the policy from a mask: for each step whether it is full.
  public init(_ steps: [Bool]) { source = .steps(steps) }

  /// Creates the policy from a preset.
  public init(_ preset: Preset) { source = .preset(preset) }

  /// Prepares the mask.
  ///
  /// - Throws: ``PeregrineError`` `.usage` if a mask has another number of steps or begins with a
  ///   forecast, or if the preset has no mask for the number of steps.
  public mutating func begin(_ plan: CachePlan) throws {
    switch source {
    case .steps(let steps):
      try requireSetting(
        steps.count == plan.steps, "a step mask for", "\(steps.count) steps",
        expected: "one for \(plan.steps)")
      mask = steps
    case .preset(let preset): mask = try preset.mask(steps: plan.steps)
    }
    try requireSetting(
      mask.first ?? true, "a step mask that begins with", "a forecast", expected: "a full step",
      advice: "There is nothing to forecast the first step from.")
  }

  /// Decides by the mask.
  public func decide(_ step: Int, _ reading: CacheReading) -> CacheDecision {
    .scheduled(full: mask[step])
  }
}
