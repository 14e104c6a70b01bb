/// The counter that cache-dit limits as the number of "continuous cached steps". It is not the length of
/// a run of forecasts.
///
/// It is only emptied when the limit is reached, not by a full step for another reason. The first
/// forecast of a run adds 1 if it is the first of the trajectory, otherwise nothing; each further one
/// adds 1, or 2 if the counter is at 0.
///
/// - Source: vipshop/cache-dit; matches the output `continuous` of the fixture's `dbcache_*`.
public struct DBCacheRunCounter: Equatable, Sendable {
  /// What was counted.
  public private(set) var value = 0
  private var lastForecast: Int?

  /// Creates a counter at 0.
  public init() {}

  /// Counts a forecast at a step.
  public mutating func count(_ step: Int) {
    if let lastForecast {
      if lastForecast == step - 1 { value += value == 0 ? 2 : 1 }
    } else {
      value += 1
    }
    lastForecast = step
  }

  /// Whether the limit is reached; if so, the counter is emptied.
  public mutating func fires(at limit: Int) -> Bool {
    guard value >= limit else { return false }
    value = 0
    return true
  }
}
