import Diagnostics
import Foundation
import Telemetry

/// Ticks of an axis at round numbers, with their labels.
struct AxisTicks: Equatable {
  let values: [Double]
  let labels: [String]

  /// Ticks at multiples of 1, 2, 2.5 or 5 times a power of ten, all inside the range.
  ///
  /// - Parameter count: the approximate number of ticks; there is at most one more.
  static func linear(_ range: ClosedRange<Double>, about count: Int) -> AxisTicks {
    let span = range.upperBound - range.lowerBound
    let step = roundStep(atLeast: span / Double(max(count, 1)))
    // A range that is too narrow for its distance from 0 has no round numbers that doubles tell apart.
    let largest = max(abs(range.lowerBound), abs(range.upperBound)) / step
    guard span > 0, span.isFinite, count > 0, largest < 1e15 else {
      return AxisTicks(values: [range.lowerBound], labels: [Readable.number(range.lowerBound)])
    }
    // A small tolerance, so that rounding does not lose a tick at an end.
    let first = Int((range.lowerBound / step - 1e-9).rounded(.up))
    let last = Int((range.upperBound / step + 1e-9).rounded(.down))
    let values = first <= last ? (first...last).map { Double($0) * step } : []
    return AxisTicks(values: values, labels: labels(of: values, step: step))
  }

  /// Ticks at powers of ten, with 2 and 5 between them if the range is short; linear ticks if there
  /// would be fewer than three.
  static func logarithmic(_ range: ClosedRange<Double>, about count: Int) -> AxisTicks {
    guard range.lowerBound > 0, range.upperBound.isFinite else {
      return linear(range, about: count)
    }
    let decades =
      Int(log10(range.lowerBound).rounded(.down))...Int(log10(range.upperBound).rounded(.down))
    let stride = max(1, decades.count / max(1, count))
    let factors = decades.count <= 3 ? [1.0, 2, 5] : [1]
    let inside = range.lowerBound * (1 - 1e-9)...range.upperBound * (1 + 1e-9)
    var values: [Double] = []
    for decade in decades where decade.isMultiple(of: stride) {
      values += factors.map { $0 * pow(10, Double(decade)) }.filter(inside.contains)
    }
    guard values.count >= 3 else { return linear(range, about: count) }
    return AxisTicks(values: values, labels: values.map { label(ofLone: $0) })
  }

  /// The smallest round step that is at least a given number.
  static func roundStep(atLeast least: Double) -> Double {
    let power = pow(10, log10(least).rounded(.down))
    let factor = [1, 2, 2.5, 5].first { $0 * power >= least * (1 - 1e-9) } ?? 10
    return factor * power
  }

  /// Labels with one unit or power of ten and as many decimals as the step needs: "0", "2.5 k", "5 k";
  /// "1.00e-4", "1.05e-4".
  private static func labels(of values: [Double], step: Double) -> [String] {
    let largest = values.map(abs).max() ?? 0
    guard largest > 0, largest < 1e15 else {
      return values.map { Readable.number($0, digits: 2) }
    }
    let (scale, unit): (Double, String) =
      switch largest {
      case 10_000..<1e6: (1e3, " k")
      case 1e6..<1e9: (1e6, " M")
      case 1e9...: (1e9, " G")
      case ..<1e-2:
        (pow(10, log10(largest).rounded(.down)), "e\(Int(log10(largest).rounded(.down)))")
      default: (1, "")
      }
    let decimals = (0...6).first { decimals in
      let shifted = step / scale * pow(10, Double(decimals))
      return abs(shifted - shifted.rounded()) < 1e-6 * shifted
    }
    return values.map { value in
      guard value != 0 else { return "0" }
      let digits = String(format: "%.\(decimals ?? 6)f", abs(value) / scale)
      return (value < 0 ? "−" : "") + digits + unit
    }
  }

  private static func label(ofLone value: Double) -> String {
    value >= 10_000 && value < 1e15 ? Readable.count(value) : Readable.number(value, digits: 2)
  }
}
