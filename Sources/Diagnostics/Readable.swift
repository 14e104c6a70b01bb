import Foundation

/// Formats numbers for people: "3 min 12 s", "12.3 k", "1.9 GB".
public enum Readable {
  /// A duration: "0.4 s", "42 s", "3 min 12 s", "2 h 05 min", "3 d 4 h".
  public static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e11 else { return "unknown" }
    if seconds < 9.95 { return String(format: "%.1f s", seconds) }
    let whole = Int(seconds.rounded())
    if whole < 60 { return "\(whole) s" }
    if whole < 3_600 { return String(format: "%d min %02d s", whole / 60, whole % 60) }
    let minutes = Int((seconds / 60).rounded())
    if minutes < 1_440 { return String(format: "%d h %02d min", minutes / 60, minutes % 60) }
    let hours = Int((seconds / 3_600).rounded())
    return "\(hours / 24) d \(hours % 24) h"
  }

  /// A count, exact up to 9,999 and with three digits above: "512", "9,999", "12.3 k", "1.25 M".
  public static func count(_ value: Double) -> String {
    guard value.isFinite else { return number(value) }
    guard abs(value.rounded()) >= 10_000 else {
      let digits = String(Int(abs(value.rounded())))
      let grouped =
        digits.count > 3 ? digits.dropLast(3) + "," + digits.suffix(3) : Substring(digits)
      return (value.rounded() < 0 ? "−" : "") + grouped
    }
    return scaled(value, units: ["", "k", "M", "G", "T", "P", "E"])
  }

  /// A count; see ``count(_:)-(Double)``.
  public static func count(_ value: Int) -> String { count(Double(value)) }

  /// A quantity with a unit and an SI prefix: `quantity(1.2e12, "FLOP/s")` is "1.2 TFLOP/s".
  public static func quantity(_ value: Double, _ unit: String) -> String {
    guard value.isFinite else { return "\(number(value)) \(unit)" }
    let text = scaled(value, units: ["", "k", "M", "G", "T", "P", "E"])
    return text.last?.isLetter == true ? text + unit : "\(text) \(unit)"
  }

  /// An amount of memory, in powers of 1,000: "812 MB", "1.9 GB".
  public static func bytes(_ count: Int) -> String {
    quantity(Double(count), "B")
  }

  /// A number with the given count of significant digits, without trailing zeros: "0.8123", "2e-5",
  /// "−1.5".
  public static func number(_ value: Double, digits: Int = 4) -> String {
    guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "−∞" : "∞" }
    guard value != 0 else { return "0" }
    let magnitude = abs(value)
    let sign = value < 0 ? "−" : ""
    if magnitude < 1e-4 || magnitude >= 1e9 {
      let parts = String(format: "%.\(digits - 1)e", magnitude).split(separator: "e")
      let exponent = parts.count == 2 ? Int(parts[1]) ?? 0 : 0
      return "\(sign)\(withoutTrailingZeros(String(parts[0])))e\(exponent)"
    }
    let decimals = max(0, digits - 1 - Int(log10(magnitude).rounded(.down)))
    return sign + withoutTrailingZeros(String(format: "%.\(decimals)f", magnitude))
  }

  /// A number with its error, both rounded to the second digit of the error: "0.0002 ± 0.0031".
  public static func number(_ value: Double, error: Double) -> String {
    guard value.isFinite, error.isFinite, error > 0 else {
      return "\(number(value)) ± \(number(error, digits: 2))"
    }
    let decimals = max(0, 1 - Int(log10(error).rounded(.down)))
    guard decimals < 10 else { return "\(number(value)) ± \(number(error, digits: 2))" }
    let rounded = String(format: "%.\(decimals)f", value)
    let sign = rounded.hasPrefix("-") && rounded.contains { "123456789".contains($0) } ? "−" : ""
    return sign + rounded.drop { $0 == "-" } + String(format: " ± %.\(decimals)f", error)
  }

  /// Three significant digits and the unit for the power of 1,000.
  private static func scaled(_ value: Double, units: [String]) -> String {
    var rest = abs(value)
    var index = 0
    // 999.5 would read "1000": it belongs to the next unit.
    while rest >= 999.5, index < units.count - 1 {
      rest /= 1_000
      index += 1
    }
    let text = (value < 0 ? "−" : "") + number(rest, digits: 3)
    return units[index].isEmpty ? text : "\(text) \(units[index])"
  }

  /// "1.50" becomes "1.5" and "2.00" becomes "2"; "100" stays.
  private static func withoutTrailingZeros(_ text: String) -> String {
    guard text.contains(".") else { return text }
    var result = Substring(text)
    while result.last == "0" { result.removeLast() }
    if result.last == "." { result.removeLast() }
    return String(result)
  }
}
