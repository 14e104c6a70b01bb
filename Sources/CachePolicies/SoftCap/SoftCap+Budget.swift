extension SoftCap {
  /// How much is to be spent on a picture.
  public enum Budget: Equatable, Sendable {
    /// A number of full steps.
    case fulls(Int)
    /// A share of the compute without a cache, with the probe's cost counted.
    ///
    /// - Parameter ends: the share of a full step that the embedding and the head cost.
    case share(Double, ends: Double = 0)
  }

  /// The cost of a step with forecasts, relative to a full step.
  ///
  /// - Parameters:
  ///   - depth: the number of blocks of the network.
  ///   - ends: the share of a full step that the embedding and the head cost; they are computed at
  ///     every step.
  public static func forecastCost(depth: Int, probe: CacheProbe, ends: Double = 0) -> Double {
    guard case .blocks(let count) = probe else { return ends }
    return min(ends + (1 - ends) * Double(count) / Double(max(depth, 1)), 1)
  }

  /// The largest number `N` of full steps within a share of the compute without a cache:
  /// `N + (T − N)·c ≤ share·T`, with `c` the cost of a step with forecasts.
  ///
  /// - Parameters:
  ///   - steps: the number of steps, `T`.
  ///   - ends: see ``forecastCost(depth:probe:ends:)``.
  public static func fulls(
    share: Double, steps: Int, depth: Int, probe: CacheProbe, ends: Double = 0
  ) -> Int {
    let cost = forecastCost(depth: depth, probe: probe, ends: ends)
    guard cost < 1, share < 1 else { return share >= 1 ? steps : 0 }
    // The small number keeps a share that is exactly a whole number of steps from being rounded off.
    let fulls = (Double(steps) * (share - cost) / (1 - cost) + 1e-9).rounded(.down)
    return fulls > 0 ? Int(fulls) : 0
  }

  /// The share of the compute without a cache that a number of full steps costs.
  public static func share(
    fulls: Int, steps: Int, depth: Int, probe: CacheProbe, ends: Double = 0
  ) -> Double {
    let cost = forecastCost(depth: depth, probe: probe, ends: ends)
    return (Double(fulls) + Double(steps - fulls) * cost) / Double(max(steps, 1))
  }
}
