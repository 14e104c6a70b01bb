import CTorch

/// What the processor can do at most, measured on all threads of tensor operations.
public struct ProcessorPeak: Codable, Equatable, Sendable {
  /// Products of bfloat16 values from registers, multiplication and addition counted apart; 0 where the
  /// processor has no instructions for them.
  public var flopsPerSecond: Double
  /// Reading memory that no cache holds.
  public var bytesPerSecond: Double

  /// Measures each for some seconds and takes the best moment.
  public static func measure(seconds: Double = 0.2) -> ProcessorPeak {
    ProcessorPeak(
      flopsPerSecond: Runtime.fusedInstructions == nil ? 0 : ct_probe_products(seconds),
      bytesPerSecond: ct_probe_memory(seconds))
  }
}
