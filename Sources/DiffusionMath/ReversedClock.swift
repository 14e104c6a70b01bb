/// The clock that other code bases run: `t' = 0` is noise, `t' = 1` is data.
///
/// `t' = 1 − t`; the map is its own inverse. A velocity by one clock is ``rate`` times that by the
/// other.
/// - Source: JiT, arXiv 2511.13720, eq. (1); JLT, arXiv 2605.27102.
public enum ReversedClock {
  /// The reading of the other clock when ours shows 0.
  public static let offset = 1.0
  /// How fast the other clock runs.
  public static let rate = -1.0

  /// One clock's reading at the other's time `t`.
  public static func time(_ t: Double) -> Double { offset + rate * t }

  /// JLT's guidance interval as a closed interval of our times.
  ///
  /// By its clock guidance is on where `low < t' < high`, and at `t' = 0` as well if `low` is 0.
  public static func guidanceInterval(low: Double, high: Double) -> ClosedRange<Double> {
    let last = low == 0 ? 1 : time(low).nextDown
    return min(time(high).nextUp, last)...last
  }
}
