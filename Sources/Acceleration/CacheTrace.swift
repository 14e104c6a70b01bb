import CachePolicies

/// What was done for a picture at a step.
public struct CacheTraceEntry: Equatable, Sendable {
  /// The number of the step.
  public let step: Int
  /// The step's time; 0 is data, 1 is noise.
  public let time: Double
  /// The index of the picture.
  public let picture: Int
  /// Whether the network was computed.
  public let isFull: Bool
  /// Why.
  public let reason: CacheDecision.Reason
  /// The order of the forecast: one less than the number of full steps that it was made from.
  public let order: Int?
  /// The numbers that the policy saw.
  public let reading: CacheReading
  /// The error of a checked forecast.
  public let error: Double?
}

/// Floating-point operations of the blocks, over all pictures and evaluations.
public struct CacheCost: Equatable, Sendable {
  /// The cost if every block of every evaluation is computed.
  public internal(set) var full = 0.0
  /// The part of it that the caches saved; probes and checks count as computed.
  public internal(set) var saved = 0.0

  /// Creates a cost of zero.
  public init() {}

  /// The share of the full cost that was computed; 1 before the first evaluation.
  public var share: Double { full > 0 ? 1 - saved / full : 1 }
}
