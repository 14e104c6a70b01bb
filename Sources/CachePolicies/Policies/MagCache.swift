/// Decides by how the size of what the network adds changes from step to step, measured once for a
/// model: no probe is computed.
///
/// With the ratios γ of ``calibrated(norms:)``, after a full step Π = 1, e = 0. At each later step,
/// Π ← Π · γ_i, e ← e + |1 - Π|; the step is a forecast if e <= threshold and the run is not longer than
/// `longestRun`. A full step empties Π, e and the run, and its own ratio is dropped. The first
/// ⌊retention · T + 0.5⌋ of T steps are full.
///
/// - Source: huggingface/diffusers; matches the fixture's `magcache_*`.
public struct MagCache: CachePolicy, Equatable {
  /// The ratios, one for each step of the calibration.
  public let ratios: [Double]
  /// The largest error e of a forecast.
  public let threshold: Double
  /// The largest number of forecasts in a row.
  public let longestRun: Int
  /// The share of steps at the start that are full.
  public let retention: Double

  /// The error e after the last decision; 0 after a full step.
  public private(set) var error = 0.0
  private var product = 1.0
  private var run = 0
  private var warmUp = 0
  private var stepRatios: [Double] = []

  /// Creates the policy; the defaults are those of diffusers.
  public init(
    ratios: [Double], threshold: Double = 0.06, longestRun: Int = 3, retention: Double = 0.2
  ) {
    self.ratios = ratios
    self.threshold = threshold
    self.longestRun = longestRun
    self.retention = retention
  }

  /// Fits the table to the number of steps.
  ///
  /// - Throws: ``PeregrineError`` `.usage` for an empty table, or a retention that is not from 0 to 1.
  public mutating func begin(_ plan: CachePlan) throws {
    try requireSetting(
      !ratios.isEmpty, "a table of", "no ratios", expected: "one ratio for each step",
      advice: "Calibrate the model first.")
    try requireSetting(
      (0...1).contains(retention), "a retention of", retention, expected: "a share from 0 to 1")
    stepRatios = Self.interpolated(ratios, to: plan.steps)
    warmUp = Int(retention * Double(plan.steps) + 0.5)
    restart()
  }

  /// Decides by the table.
  public mutating func decide(_ step: Int, _ reading: CacheReading) -> CacheDecision {
    if step == 0 || step < warmUp { return .full(.warmUp) }
    product *= stepRatios[step]
    error += abs(1 - product)
    run += 1
    guard error.isFinite else { return .full(.notFinite) }
    if error > threshold { return .full(.risk) }
    return run <= longestRun ? .forecast(.low) : .full(.age)
  }

  /// Starts again after a full step.
  public mutating func observe(_ step: Int, _ outcome: CacheOutcome) {
    if outcome.isFull { restart() }
  }

  private mutating func restart() { (product, error, run) = (1, 0, 0) }

  /// The ratios for another number of steps: of each step, that of the nearest place in the table.
  public static func interpolated(_ ratios: [Double], to steps: Int) -> [Double] {
    guard steps != ratios.count, steps > 1 else {
      return steps == 1 ? Array(ratios.suffix(1)) : ratios
    }
    let scale = Double(ratios.count - 1) / Double(steps - 1)
    return (0..<steps).map { ratios[Int((Double($0) * scale).rounded(.toNearestOrEven))] }
  }

  /// The ratios of a full trajectory: γ_i = mean over tokens of ‖r_i‖ / (‖r_(i-1)‖ + 1e-8), and 1 at the
  /// first step.
  ///
  /// - Parameter norms: for each step, the norm of what the network adds to each token.
  public static func calibrated(norms: [[Double]]) -> [Double] {
    [1]
      + zip(norms.dropFirst(), norms).map { current, previous in
        let ratios = zip(current, previous).map { $0 / ($1 + 1e-8) }
        return ratios.reduce(0, +) / Double(ratios.count)
      }
  }
}
