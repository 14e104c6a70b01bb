import Foundation

/// One axis of a ``MarkChart``: its range and ticks.
struct MarkAxis {
  /// The name and unit.
  let label: String
  let range: ClosedRange<Double>
  let isLogarithmic: Bool
  let ticks: AxisTicks

  /// An axis for given values, with some space around them; nil if none of them can be drawn.
  ///
  /// A linear axis begins at zero if its values come near zero from above.
  init?(_ label: String, around values: [Double], isLogarithmic: Bool = false) {
    let drawable = values.filter { $0.isFinite && (!isLogarithmic || $0 > 0) }
    guard let low = drawable.min(), let high = drawable.max() else { return nil }
    let range = isLogarithmic ? Self.widenedByRatio(low, high) : Self.widened(low, high)
    self.label = label
    self.range = range
    self.isLogarithmic = isLogarithmic
    ticks =
      isLogarithmic
      ? AxisTicks.logarithmic(range, about: 5) : AxisTicks.linear(range, about: 5)
  }

  /// An axis with names at the positions 0, 1, 2 and so on.
  init(names: [String]) {
    label = ""
    range = -0.5...max(0.5, Double(names.count) - 0.5)
    isLogarithmic = false
    ticks = AxisTicks(values: names.indices.map { Double($0) }, labels: names)
  }

  /// The position of a value: 0 at the low end, 1 at the high end.
  func share(_ value: Double) -> Double {
    guard isLogarithmic else {
      return (value - range.lowerBound) / (range.upperBound - range.lowerBound)
    }
    return log(value / range.lowerBound) / log(range.upperBound / range.lowerBound)
  }

  private static func widened(_ low: Double, _ high: Double) -> ClosedRange<Double> {
    guard high > low else {
      let room = max(abs(low) * 0.1, 1e-6)
      return low - room...low + room
    }
    let air = 0.06 * (high - low)
    return (low >= 0 && low < 0.15 * high ? 0 : low - air)...high + air
  }

  private static func widenedByRatio(_ low: Double, _ high: Double) -> ClosedRange<Double> {
    let air = high > low ? exp(0.06 * log(high / low)) : 1.1
    return low / air...high * air
  }
}
