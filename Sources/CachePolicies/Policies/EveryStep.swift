/// Computes the network at every step: no caching.
public struct EveryStep: CachePolicy, Equatable {
  /// Creates the policy.
  public init() {}

  /// Never.
  public var mayForecast: Bool { false }

  /// Always full.
  public func decide(_ step: Int, _ reading: CacheReading) -> CacheDecision { .full(.schedule) }
}
