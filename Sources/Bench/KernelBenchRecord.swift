import DiffusionMath
import Telemetry
import Tensors

/// The times of one operation.
public struct KernelTiming: Codable, Sendable {
  /// Its name.
  public var kernel: String
  /// Our speed relative to libtorch's; missing when ours was timed alone.
  public var ratio: Double?
  /// The interval of the ratio.
  public var interval: ConfidenceInterval?
  /// Our FLOPs per second; missing for operations that mostly move memory.
  public var flopsPerSecond: Double?
  /// Every turn, ours first.
  public var timings: [Timing]

  init(kernel: String, flops: Double, _ timings: [Timing]) throws {
    self.kernel = kernel
    self.timings = timings
    if timings.count > 1 {
      let speed = try timings[0].speed(over: timings[1])
      (ratio, interval) = (speed.value, speed.interval)
    }
    if flops > 0 { flopsPerSecond = flops / timings[0].secondsPerStep }
  }
}

/// The result of a benchmark of kernels.
public struct KernelBenchRecord: Codable, Sendable {
  /// Our speed relative to libtorch's with each operation run once: the median over rounds; null
  /// when timed alone.
  @ExplicitNull public var ratio: Double?
  /// The interval of the ratio.
  @ExplicitNull public var interval: ConfidenceInterval?
  /// The products' share of AMX's peak, measured in the same run; null without AMX.
  @ExplicitNull public var amxShare: Double?
  /// The products' share of the peak of the available instructions.
  @ExplicitNull public var peakShare: Double?
  /// The preset whose shapes are used.
  public var preset: String
  /// Changes to the preset.
  public var settings: [String]
  /// The number of threads.
  public var threads: Int
  /// The instructions that our products use; missing where libtorch computes them.
  public var instructions: String?
  /// The machine's peak: the best measurement of all rounds.
  public var peak: ProcessorPeak
  /// Each operation, including its gradients.
  public var kernels: [KernelTiming]
  /// The machine.
  public var environment: EnvironmentRecord

  init(
    _ bench: KernelBench, _ kernels: [KernelTiming], peak: ProcessorPeak,
    environment: EnvironmentRecord
  ) throws {
    let isCompared = kernels.allSatisfy { $0.timings.count > 1 }
    let speed =
      isCompared
      ? try Timing.sum(kernels.map { $0.timings[0] })
        .speed(over: .sum(kernels.map { $0.timings[1] })) : nil
    let products = kernels.filter { $0.flopsPerSecond != nil }
    let seconds = products.map { $0.timings[0].secondsPerStep }
    let flops = zip(products, seconds).map { ($0.flopsPerSecond ?? 0) * $1 }
    let share = peak.share(of: flops.reduce(0, +) / seconds.reduce(0, +))
    (ratio, interval, peakShare) = (speed?.value, speed?.interval, share)
    amxShare = Runtime.fusedInstructions == "AMX" ? share : nil
    (preset, settings, threads) = (bench.preset.name, bench.settings, bench.threads)
    instructions = Runtime.fusedInstructions
    self.peak = peak
    self.kernels = kernels
    self.environment = environment
  }
}

extension Timing {
  /// The times for running each operation once, round by round.
  fileprivate static func sum(_ parts: [Timing]) -> Timing {
    var sum = Timing(contender: parts[0].contender)
    for round in parts[0].roundMeans.indices {
      let seconds = parts.map { $0.roundMeans[round] }.reduce(0, +)
      sum.turns.append(Turn(round: round, seconds: [seconds]))
    }
    return sum
  }
}
