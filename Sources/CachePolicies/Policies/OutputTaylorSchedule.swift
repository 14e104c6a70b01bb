/// The schedule of the cache that OpenVINO GenAI switches on by default for FLUX, SD3 and LTX: the
/// first steps and the last are full, and every `interval`-th in between.
///
/// It is meant for an order-1 forecast of the network's output alone, which needs next to no memory,
/// so it is the baseline of every comparison. The intervals start as in diffusers: between warm-up
/// and tail, a step i is full if (i - warmUp - 1) mod interval = 0.
///
/// - Source: openvinotoolkit/openvino.genai, `TaylorSeerCacheConfig`. Its settings are documented
///   there; that its intervals start as in diffusers is our reading of the settings' names.
public struct OutputTaylorSchedule: CachePolicy, Equatable {
  /// The number of steps from one full step to the next.
  public let interval: Int
  /// How many steps are full at the start.
  public let warmUp: Int
  /// How many steps are full at the end.
  public let tail: Int
  private var schedule: FixedInterval

  /// Creates the policy; the defaults are those of OpenVINO GenAI.
  public init(interval: Int = 3, warmUp: Int = 6, tail: Int = 2) {
    self.interval = interval
    self.warmUp = warmUp
    self.tail = tail
    schedule = .diffusers(interval: interval, warmUp: warmUp)
  }

  /// Places the tail.
  ///
  /// - Throws: ``PeregrineError`` `.usage` for an interval or a warm-up below 1, or a negative tail.
  public mutating func begin(_ plan: CachePlan) throws {
    try requireSetting(tail >= 0, "a tail of", tail, expected: "0 or more steps")
    schedule = .diffusers(interval: interval, warmUp: warmUp, coolDown: plan.steps - tail)
    try schedule.begin(plan)
  }

  /// Decides by the schedule.
  public func decide(_ step: Int, _ reading: CacheReading) -> CacheDecision {
    schedule.decide(step, reading)
  }
}
