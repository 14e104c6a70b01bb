import Diagnostics

/// A sign of how far the network's outputs have moved from where they can be forecast from.
///
/// - Source: arXiv 2605.27075, which combines three errors of the probe without formulas that are
///   public in its version 1; which three is our reading.
public enum DriftMeasure: String, CaseIterable, Hashable, Sendable {
  /// The relative error of the probe's forecast of order 1, `‖z − ẑ₁‖₁ / ‖z‖₁`.
  case firstOrder = "first-order"
  /// The relative error of the probe's forecast of order 2, `‖z − ẑ₂‖₁ / ‖z‖₁`.
  case secondOrder = "second-order"
  /// 1 minus the cosine between the probe and its forecast.
  case angle
  /// The probe's relative change since the step before, `‖z − z′‖₁ / ‖z′‖₁`.
  case change

  /// The measure in a reading; `nil` if it was not measured.
  public func value(in reading: CacheReading) -> Double? {
    switch self {
    case .firstOrder: reading.forecastErrors?.first
    case .secondOrder: reading.forecastErrors?.dropFirst().first
    case .angle: reading.forecastAngle
    case .change: reading.sincePrevious
    }
  }

  /// The scales for ``DriftObserver/Normalisation/offline(_:)``: the median of each measure.
  ///
  /// - Parameter readings: all readings after the warm-up of a calibration, of 24 pictures or more.
  /// - Throws: ``PeregrineError`` `.badData` if a number is not finite.
  public static func medians(of readings: [CacheReading]) throws -> [DriftMeasure: Double] {
    var medians: [DriftMeasure: Double] = [:]
    for measure in allCases {
      let values = readings.compactMap(measure.value(in:)).sorted()
      if values.isEmpty { continue }
      guard values.allSatisfy(\.isFinite) else {
        throw PeregrineError(
          .badData, doing: "measuring the usual drift of a network",
          found: "a measure `\(measure.rawValue)` that is not finite",
          expected: "finite numbers",
          advice: "Sample the calibration's pictures without a cache, in float32.")
      }
      medians[measure] = (values[values.count / 2] + values[(values.count - 1) / 2]) / 2
    }
    return medians
  }
}
