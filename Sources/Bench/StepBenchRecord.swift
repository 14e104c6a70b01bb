import DiffusionMath
import Telemetry
import Tensors
import Training

/// What a benchmark of steps found: first the answer, then everything that it rests on.
public struct StepBenchRecord: Codable, Sendable {
  /// How many times as fast ours is as the best other contender: the median over rounds; null when ours
  /// was timed alone.
  @ExplicitNull public var ratio: Double?
  /// Of the ratio, from order statistics of the rounds.
  @ExplicitNull public var interval: ConfidenceInterval?
  /// Ours in shares of the peak of AMX's products, measured in the same run; null without AMX.
  @ExplicitNull public var amxShare: Double?
  /// The same of the peak of the instructions that are there, whatever they are.
  @ExplicitNull public var peakShare: Double?
  /// The preset's name.
  public var preset: String
  /// `train` or `sample`.
  public var work: RepeatedStep.Work
  /// Whom ours was timed beside, and who of them was best.
  public var against, bestOpponent: String?
  /// What was changed of the preset for all, and what only ours has.
  public var settings, methods: [String]
  /// Images of a step, and threads of each contender.
  public var images, threads: Int
  /// Ours: images in a second, by the median over rounds.
  public var imagesPerSecond: Double
  /// Multiply-adds of a step, counted twice.
  public var flopsPerStep: Double
  /// The instructions that ours multiplies with; missing where libtorch does it.
  public var instructions: String?
  /// What the machine could do at most, in the best moment of all rounds.
  public var peak: ProcessorPeak
  /// The time of a step in which all cores do nothing but products, at that peak.
  public var floorSecondsPerStep: Double?
  /// Against the plain preset: how many times as fast arithmetic alone would make it, and what share of
  /// that gain in time was reached.
  public var idealRatio, idealShare: Double?
  /// Ours over the best other's, of the most memory that a process held.
  public var memoryRatio: Double?
  /// That all computed the same.
  public var agreements: [Agreement]
  /// Every turn of every contender; ours first.
  public var timings: [Timing]
  /// What the other contenders said of themselves.
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
    // The peak is one of bfloat16 products.
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
