import Foundation

/// The reversed time convention of other code bases: `t' = 0` is noise, `t' = 1` is data.
///
/// `t' = 1 − t`; the map is its own inverse. A velocity in one convention is ``rate`` times the
/// velocity in the other.
/// - Source: JiT, arXiv 2511.13720, eq. (1); JLT, arXiv 2605.27102.
public enum ReversedClock {
  /// The other convention's time when ours is 0.
  public static let offset = 1.0
  /// The derivative of the other convention's time with respect to ours.
  public static let rate = -1.0

  /// Converts a time from one convention to the other.
  public static func time(_ t: Double) -> Double { offset + rate * t }

  /// Weights of the features `cos(f·t)` and `sin(f·t)` that give the same sum as the weights `cosine`
  /// and `sine` of `cos(f·t')` and `sin(f·t')`.
  ///
  /// From `cos(f − f·t) = cos f · cos(f·t) + sin f · sin(f·t)`, and the same for the sine.
  public static func features(
    cosine: Double, sine: Double, frequency: Double
  ) -> (cosine: Double, sine: Double) {
    let (c, s) = (cos(frequency * offset), sin(frequency * offset))
    return (cosine * c + sine * s, rate * (sine * c - cosine * s))
  }

  /// JLT's guidance interval as a closed interval in our time convention.
  ///
  /// In JLT's convention guidance is on where `low < t' < high`, and also at `t' = 0` if `low` is
  /// 0.
  public static func guidanceInterval(low: Double, high: Double) -> ClosedRange<Double> {
    let last = low == 0 ? 1 : time(low).nextDown
    return min(time(high).nextUp, last)...last
  }
}
