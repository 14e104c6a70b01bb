/// Follows a schedule that was made once for a model, from the errors of reused values in a calibration.
///
/// - Source: SmoothCache, arXiv 2411.10510.
/// - Departs: a policy decides for the whole network. The paper makes a schedule for each type of layer;
///   give the largest error of the types to be as careful.
public struct SmoothCache: CachePolicy, Equatable {
  /// `errors[i][k - 1]`: the mean relative error, over a calibration, of the value of step i in
  /// place of that of step i + k.
  public let errors: [[Double]]
  /// The error from which on a value is not used.
  public let threshold: Double
  /// The largest number of forecasts in a row; without one, the calibration's longest distance.
  public let longestRun: Int?
  private var schedule: [Bool] = []

  /// Creates the policy.
  public init(errors: [[Double]], threshold: Double, longestRun: Int? = nil) {
    self.errors = errors
    self.threshold = threshold
    self.longestRun = longestRun
  }

  /// Makes the schedule.
  ///
  /// - Throws: ``PeregrineError`` `.usage` if the calibration was made for another number of steps.
  public mutating func begin(_ plan: CachePlan) throws {
    try requireSetting(
      errors.count == plan.steps, "a calibration for", "\(errors.count) steps",
      expected: "one for \(plan.steps)", advice: "Sample with as many steps, or calibrate again.")
    schedule = Self.schedule(errors: errors, threshold: threshold, longestRun: longestRun)
  }

  /// Decides by the schedule.
  public func decide(_ step: Int, _ reading: CacheReading) -> CacheDecision {
    .scheduled(full: schedule[step])
  }

  /// For each step whether it is full: the first one, and each at which the error of the last full
  /// step's value is not known or not below the threshold.
  public static func schedule(errors: [[Double]], threshold: Double, longestRun: Int? = nil)
    -> [Bool]
  {
    var last = 0
    return errors.indices.map { step in
      let distance = step - last
      let isKnown = distance >= 1 && distance <= min(errors[last].count, longestRun ?? .max)
      if isKnown, errors[last][distance - 1] < threshold { return false }
      last = step
      return true
    }
  }
}
