import DiffusionMath
import Telemetry
import Tensors
import Training

/// The result of a benchmark of steps: the answer first, then everything it is based on.
public struct StepBenchRecord: Codable, Sendable {
  /// Our speed relative to the best other contender: the median over rounds; null when ours was
  /// timed alone.
  @ExplicitNull public var ratio: Double?
  /// The interval of the ratio, from order statistics of the rounds.
  @ExplicitNull public var interval: ConfidenceInterval?
  /// Our share of the peak of AMX's products, measured in the same run; null without AMX.
  @ExplicitNull public var amxShare: Double?
  /// Our share of the peak of the available instructions, whichever they are.
  @ExplicitNull public var peakShare: Double?
  /// The preset's name.
  public var preset: String
  /// `train` or `sample`.
  public var work: RepeatedStep.Work
  /// What ours was compared with, and which of them was best.
  public var against, bestOpponent: String?
  /// Changes to the preset for all contenders, and for ours alone.
  public var settings, methods: [String]
  /// The images per step, and the threads of each contender.
  public var images, threads: Int
  /// Our images per second, by the median over rounds.
  public var imagesPerSecond: Double
  /// Floating-point operations of a step (one multiply-add counts as two).
  public var flopsPerStep: Double
  /// The instructions that our products use; missing where libtorch computes them.
  public var instructions: String?
  /// The machine's peak: the best measurement of all rounds.
  public var peak: ProcessorPeak
  /// The time of a step if all cores did nothing but products at that peak.
  public var floorSecondsPerStep: Double?
  /// Against the plain preset: the speed-up expected from FLOPs alone, and the share of that saving
  /// in time that was reached.
  public var idealRatio, idealShare: Double?
  /// Our peak memory of a process divided by that of the best other contender.
  public var memoryRatio: Double?
  /// The check that all computed the same.
  public var agreements: [Agreement]
  /// Every turn of every contender, ours first.
  public var timings: [Timing]
  /// What the other contenders reported about themselves.
  public var versions: [[String: String]]
  /// The machine.
  public var environment: EnvironmentRecord

  init(
    _ bench: StepBench, _ workload: Workload, _ timings: [Timing], peak: ProcessorPeak,
    agreements: [Agreement], idealRatio: Double?,
    versions: [[String: String]], environment: EnvironmentRecord
  ) throws {
    let own = timings[0]
    let best = timings.dropFirst().min { $0.secondsPerStep < $1.secondsPerStep }
    let speed = try best.map { try own.speed(over: $0) }
    let images = workload.images
    let flopsPerStep = workload.flopsPerImage * Double(images)
    let instructions = workload.dtype == "bfloat16" ? Runtime.fusedInstructions : nil
    // The peak is that of bfloat16 products.
    let share = instructions == nil ? nil : peak.share(of: flopsPerStep / own.secondsPerStep)
    (ratio, interval, peakShare) = (speed?.value, speed?.interval, share)
    amxShare = instructions == "AMX" ? share : nil
    preset = bench.preset.name
    work = bench.work
    (against, bestOpponent) = (bench.opponent?.rawValue, best?.contender)
    (settings, methods) = (bench.settings, bench.methods)
    (self.images, threads) = (images, bench.threads)
    imagesPerSecond = Double(images) / own.secondsPerStep
    self.flopsPerStep = flopsPerStep
    self.instructions = instructions
    self.peak = peak
    floorSecondsPerStep = share.map { $0 * own.secondsPerStep }
    self.idealRatio = idealRatio
    idealShare = idealRatio.flatMap { ideal in speed.map { $0.value / ideal } }
    memoryRatio = own.peakMemoryBytes.flatMap { mine in
      best?.peakMemoryBytes.map { Double(mine) / Double($0) }
    }
    self.agreements = agreements
    self.timings = timings
    self.versions = versions
    self.environment = environment
  }
}
