/// Shifts times toward the noise, for data with many values: `t = s·r / (1 + (s − 1)·r)`.
///
/// - Time: 0 is data, 1 is noise, before and after the shift.
/// - Source: Esser et al., arXiv 2403.03206, eq. (23). SR-DiT uses `s = √(C·H·W / 4096)` both in
///   training and on the sampling grid.
public struct TimeShift: Hashable, Codable, Sendable {
  /// The factor `s`; 1 changes nothing.
  public let factor: Double

  /// No shift.
  public static let none = TimeShift(factor: 1)

  /// Creates a shift with a given factor.
  public init(factor: Double) { self.factor = factor }

  /// Creates the shift for data of a given size, relative to a base size.
  public init(valueCount: Int, base: Int = 4_096) {
    factor = (Double(valueCount) / Double(base)).squareRoot()
  }

  /// The shifted time, clamped to [0, 1].
  public func callAsFunction(_ r: Double) -> Double {
    min(max(factor * r / (1 + (factor - 1) * r), 0), 1)
  }
}
