/// Classifier-free guidance, limited to an interval of times.
///
/// Inside the interval the velocity is `v_null + scale·(v_class − v_null)`; outside it is `v_class` and
/// the null pass is not made.
/// - Time: 0 is data, 1 is noise; the limits are compared with the shifted time, both ends included.
/// - Source: Ho & Salimans, arXiv 2207.12598, eq. (6); interval: Kynkäänniemi et al., arXiv 2404.07724.
public struct Guidance: Codable, Equatable, Sendable {
  /// The strength; 1 is no guidance.
  public var scale: Double
  /// The least time with guidance.
  public var low: Double
  /// The greatest time with guidance.
  public var high: Double

  /// No guidance.
  public static let none = Guidance(scale: 1)

  /// Guidance of a given strength, everywhere unless limits are given.
  public init(scale: Double, low: Double = 0, high: Double = 1) {
    self.scale = scale
    self.low = low
    self.high = high
  }

  /// Whether the null pass is made at a time.
  public func isActive(at t: Double) -> Bool { scale != 1 && low <= t && t <= high }
}
