import Foundation

/// Forecasts, checks the forecast of the last block against its exact output, and computes the network
/// after an error that was too large.
///
/// At step i of T, with a the number of forecasts since the last full step:
/// - the step after a full one is always a forecast, in the warm-up too;
/// - otherwise a step is full if i < warmUp, or a >= longestRun, or a >= shortestRun and the error of
///   the previous step is above max(threshold · decay^p, floor), with the progress p of the step;
/// - forecasts are checked from a >= shortestRun on, or all of them (``Checks``).
///
/// - Note: an error comes too late for its own step: the rejected forecast is kept, and the *next* step
///   is full, as in the released code. With `rollsBack`, as in the paper, the step itself is done again
///   if its error is above its own threshold; errors of earlier steps then do not matter.
/// - Source: Shenyi-Z/Cache4Diffusion; matches the fixture's `speca_*`. Rollback is not released, so no
///   fixture covers it.
/// - Departs: decides for each picture; the code averages one error over the batch. An error that is
///   not finite makes the next step full.
public struct SpeCa: CachePolicy, Equatable {
  /// How far a step is, from 0 to 1.
  public enum Progress: Equatable, Sendable {
    /// i / T.
    case atStart
    /// (i + 1) / T.
    case atEnd
  }

  /// Which forecasts are checked.
  public enum Checks: Equatable, Sendable {
    /// Those whose error decides about the next step.
    case deciding
    /// All.
    case all
  }

  /// How many steps are full at the start, but for those after a full step.
  public var warmUp: Int
  /// The largest allowed error at the start.
  public var threshold: Double
  /// What the threshold is multiplied by over the whole trajectory.
  public var decay: Double
  /// The smallest threshold.
  public var floor: Double
  /// How many forecasts are made before errors count.
  public var shortestRun: Int
  /// The largest number of forecasts in a row.
  public var longestRun: Int
  /// How far a step is.
  public var progress: Progress
  /// Which forecasts are checked.
  public var checks: Checks
  /// Whether a step with too large an error is done again.
  public var rollsBack: Bool

  /// The number of forecasts since the last full step.
  public private(set) var age = 0
  private var steps = 1
  private var followsFull = false
  private var error: Double?

  /// Creates the policy.
  public init(
    warmUp: Int, threshold: Double, decay: Double, floor: Double, shortestRun: Int,
    longestRun: Int, progress: Progress = .atStart, checks: Checks = .deciding,
    rollsBack: Bool = false
  ) {
    self.warmUp = warmUp
    self.threshold = threshold
    self.decay = decay
    self.floor = floor
    self.shortestRun = shortestRun
    self.longestRun = longestRun
    self.progress = progress
    self.checks = checks
    self.rollsBack = rollsBack
  }

  /// The settings for DiT-XL/2 with 100 steps, for forecasts of order 4. Errors are of the block's
  /// output stream.
  public static let dit = SpeCa(
    warmUp: 3, threshold: 0.3, decay: 0.05, floor: 0.01, shortestRun: 3, longestRun: 8,
    progress: .atEnd)

  /// The settings for FLUX.1-dev with 50 steps, for forecasts of order 2. Errors are of the block's
  /// branches before their gates; entries near zero make them large.
  public static let flux = SpeCa(
    warmUp: 3, threshold: 7, decay: 0.3, floor: 0.1, shortestRun: 2, longestRun: 8)

  /// The settings for HunyuanVideo with 50 steps, for forecasts of order 1.
  public static let hunyuan = SpeCa(
    warmUp: 1, threshold: 1, decay: 0.1, floor: 0.1, shortestRun: 4, longestRun: 12, checks: .all)

  /// It does.
  public var checksForecasts: Bool { true }

  /// The largest allowed error when step `step` is decided.
  public func threshold(at step: Int) -> Double {
    let done = Double(progress == .atEnd ? step + 1 : step) / Double(steps)
    return max(threshold * pow(decay, done), floor)
  }

  /// Starts without an error.
  ///
  /// - Throws: ``PeregrineError`` `.usage` for a warm-up below 1 or runs that are negative or shorter
  ///   at the longest than at the shortest.
  public mutating func begin(_ plan: CachePlan) throws {
    try requireSetting(warmUp >= 1, "a warm-up of", warmUp, expected: "1 or more steps")
    try requireSetting(
      shortestRun >= 0, "a shortest run of", shortestRun, expected: "0 or more forecasts")
    try requireSetting(
      longestRun >= shortestRun, "a longest run of", longestRun,
      expected: "\(shortestRun) or more forecasts, as the shortest run")
    steps = plan.steps
    age = 0
    followsFull = false
    error = nil
  }

  /// Decides by the error of the previous step.
  public func decide(_ step: Int, _ reading: CacheReading) -> CacheDecision {
    if followsFull { return forecast(step, .schedule) }
    if step < warmUp { return .full(.warmUp) }
    if age >= longestRun { return .full(.age) }
    guard age >= shortestRun else { return forecast(step, .schedule) }
    if !rollsBack, let error {
      if !error.isFinite { return .full(.notFinite) }
      if error > threshold(at: step) { return .full(.risk) }
    }
    return forecast(step, .low)
  }

  /// A forecast, checked if its error is of use.
  private func forecast(_ step: Int, _ reason: CacheDecision.Reason) -> CacheDecision {
    let decides = age >= shortestRun
    guard decides || checks == .all else { return .forecast(reason) }
    let limit = rollsBack && decides ? threshold(at: step) : nil
    return CacheDecision(.checkedForecast(limit: limit), reason)
  }

  /// Counts forecasts, and keeps the error of the step.
  public mutating func observe(_ step: Int, _ outcome: CacheOutcome) {
    age = outcome.isFull ? 0 : age + 1
    followsFull = outcome.isFull
    error = outcome.isFull ? nil : outcome.error
  }
}
