/// Judges how risky a forecast is at a step, from the probe's readings: 1 is usual, 2 is twice that.
///
/// Each measure `e` is divided by its usual size `s`, `u = min(e/s, 10)`; the drift is their smoothed
/// weighted sum, `m ← ρ·m + (1 − ρ)·Σ ω·u`, and 1 before the first step after the warm-up. A measure
/// that is missing counts as usual.
///
/// - Source: the "trajectory drift observer" of arXiv 2605.27075; formulas and numbers are ours.
public struct DriftObserver: Equatable, Sendable {
  /// Where the usual sizes of the measures come from.
  public enum Normalisation: Equatable, Sendable {
    /// From a calibration, see ``DriftMeasure/medians(of:)``: an easy picture may spend less, and a
    /// hard one more.
    case offline([DriftMeasure: Double])
    /// From the picture itself: the mean over the warm-up, then `s ← (1 − rate)·s + rate·e`. This only
    /// shifts full steps within a picture, as it hides that all of a picture is hard. A measure that
    /// the warm-up lacks starts with its first value.
    case running(rate: Double = 0.1)
  }

  /// The weight ω of each measure; the others do not count. The default is 0.7 on the second-order
  /// error and 0.3 on the change.
  public var weights: [DriftMeasure: Double]
  /// The share ρ of the last drift, from 0 to below 1.
  public var smoothing: Double
  /// The largest normalised measure.
  public var limit: Double
  /// Where the usual sizes come from.
  public var normalisation: Normalisation
  /// The drift `m` at the last step; 1 until the end of the warm-up.
  public private(set) var drift = 1.0
  private var scales: [DriftMeasure: Double] = [:]
  private var seeds: [DriftMeasure: Int] = [:]

  /// The smallest usual size: below it, a measure is rounding.
  static let smallestScale = 1e-8

  /// Creates an observer.
  public init(
    normalisation: Normalisation = .running(),
    weights: [DriftMeasure: Double] = [.secondOrder: 0.7, .change: 0.3],
    smoothing: Double = 0.3, limit: Double = 10
  ) {
    self.normalisation = normalisation
    self.weights = weights
    self.smoothing = smoothing
    self.limit = limit
  }

  /// The settings with nothing observed yet.
  func restarted() -> DriftObserver {
    var observer = DriftObserver(
      normalisation: normalisation, weights: weights, smoothing: smoothing, limit: limit)
    if case .offline(let medians) = normalisation { observer.scales = medians }
    return observer
  }

  /// Observes a step of the warm-up, which only seeds the running sizes.
  mutating func seed(_ reading: CacheReading) {
    guard case .running = normalisation, Self.isFinite(reading) else { return }
    for measure in DriftMeasure.allCases {
      guard let value = measure.value(in: reading) else { continue }
      let count = seeds[measure, default: 0]
      let sum = scales[measure, default: 0] * Double(count) + value
      scales[measure] = sum / Double(count + 1)
      seeds[measure] = count + 1
    }
  }

  /// Observes a step after the warm-up.
  ///
  /// - Returns: the drift; NaN if a measure is not finite, in which case nothing is learned.
  mutating func observe(_ reading: CacheReading) -> Double {
    guard Self.isFinite(reading) else { return .nan }
    var sum = 0.0
    for measure in DriftMeasure.allCases {
      sum += weights[measure, default: 0] * normalised(measure, reading)
    }
    drift = smoothing * drift + (1 - smoothing) * sum
    return drift
  }

  /// The measure relative to its usual size, which follows it if it is a running one.
  private mutating func normalised(_ measure: DriftMeasure, _ reading: CacheReading) -> Double {
    guard let value = measure.value(in: reading) else { return 1 }
    let scale = max(scales[measure] ?? value, Self.smallestScale)
    if case .running(let rate) = normalisation {
      scales[measure] = (1 - rate) * scale + rate * value
    }
    return min(value / scale, limit)
  }

  private static func isFinite(_ reading: CacheReading) -> Bool {
    DriftMeasure.allCases.allSatisfy { $0.value(in: reading)?.isFinite ?? true }
  }
}
