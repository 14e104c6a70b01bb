import CTorch

/// What the processor can do at most, measured on all threads of tensor operations.
public struct ProcessorPeak: Codable, Equatable, Sendable {
  /// Products of bfloat16 values from registers, multiplication and addition counted apart; 0 where the
  /// processor has no instructions for them.
  public var flopsPerSecond: Double
  /// Reading memory that no cache holds.
  public var bytesPerSecond: Double

  /// What was measured somewhere.
  public init(flopsPerSecond: Double, bytesPerSecond: Double) {
    (self.flopsPerSecond, self.bytesPerSecond) = (flopsPerSecond, bytesPerSecond)
  }

  /// The most that was seen: a machine that is shared shows less for a while, never more.
  public static func highest(of peaks: [ProcessorPeak]) -> ProcessorPeak {
    ProcessorPeak(
      flopsPerSecond: peaks.map(\.flopsPerSecond).max() ?? 0,
      bytesPerSecond: peaks.map(\.bytesPerSecond).max() ?? 0)
  }

  /// What part of the products' peak so many operations in a second are; `nil` where none is known.
  public func share(of rate: Double) -> Double? {
    flopsPerSecond > 0 ? rate / flopsPerSecond : nil
  }

  /// Measures each for some seconds and takes the best moment.
  public static func measure(seconds: Double = 0.2) -> ProcessorPeak {
    ProcessorPeak(
      flopsPerSecond: Runtime.fusedInstructions == nil ? 0 : ct_probe_products(seconds),
      bytesPerSecond: ct_probe_memory(seconds))
  }
}
