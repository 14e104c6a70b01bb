import CTorch

/// The processor's measured peak performance, with all threads of tensor operations.
public struct ProcessorPeak: Codable, Equatable, Sendable {
  /// bfloat16 matrix products from registers, counting multiplications and additions separately; 0
  /// if the processor has no instructions for them.
  public var flopsPerSecond: Double
  /// Reads from memory, outside all caches.
  public var bytesPerSecond: Double

  /// Creates a value from figures measured elsewhere.
  public init(flopsPerSecond: Double, bytesPerSecond: Double) {
    (self.flopsPerSecond, self.bytesPerSecond) = (flopsPerSecond, bytesPerSecond)
  }

  /// The highest figures seen. A shared machine may show less for a while, but never more.
  public static func highest(of peaks: [ProcessorPeak]) -> ProcessorPeak {
    ProcessorPeak(
      flopsPerSecond: peaks.map(\.flopsPerSecond).max() ?? 0,
      bytesPerSecond: peaks.map(\.bytesPerSecond).max() ?? 0)
  }

  /// The share of the peak of products that this many operations per second are; `nil` if the peak
  /// is not known.
  public func share(of rate: Double) -> Double? {
    flopsPerSecond > 0 ? rate / flopsPerSecond : nil
  }

  /// Measures each figure for some seconds and takes the highest.
  public static func measure(seconds: Double = 0.2) -> ProcessorPeak {
    ProcessorPeak(
      flopsPerSecond: Runtime.fusedInstructions == nil ? 0 : ct_probe_products(seconds),
      bytesPerSecond: ct_probe_memory(seconds))
  }
}
