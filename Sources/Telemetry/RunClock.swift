import Diagnostics
import Foundation

/// Where the time of a run goes: training, evaluation, checkpoints or setup, one at a time.
///
/// Time of one phase is never counted for another. The clock is saved with each checkpoint and
/// continues after a restart; the time in between is not counted.
///
///     clock.start(.training)
///     for batch in batches {
///       train(batch)
///       clock.countStep(images: batch.count)
///       if due { clock.start(.evaluation); evaluate(); clock.start(.training) }
///     }
///     clock.stop()
public struct RunClock: Codable, Sendable, CheckedRecord {
  /// What time is spent on.
  public enum Phase: String, Codable, CodingKeyRepresentable, CaseIterable, Sendable {
    /// Steps, and fetching their data.
    case training
    /// Validation, sampling and scores.
    case evaluation
    /// Writing checkpoints.
    case checkpoint
    /// Everything before the first step: loading data and weights, compiling.
    case setup
  }

  /// Reads the time; replaced in tests.
  public var now: @Sendable () -> ContinuousClock.Instant = { .now }
  /// The first steps of each process are left out of the rate, because caches are cold.
  public let warmUpSteps: Int

  private var finished: [Phase: Double] = [:]
  private var ratedImages = 0
  private var ratedSeconds = 0.0

  // Of this process only, hence not saved.
  private var running: (phase: Phase, since: ContinuousClock.Instant)?
  private var stepsHere = 0
  private var secondsAtLastStep = 0.0
  private var interval = (images: 0, seconds: 0.0)

  private enum CodingKeys: String, CodingKey {
    case warmUpSteps = "warm_up_steps"
    case seconds
    case ratedImages = "rated_images"
    case ratedSeconds = "rated_seconds"
  }

  /// A stopped clock at zero.
  public init(
    warmUpSteps: Int = 10, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
  ) {
    self.warmUpSteps = warmUpSteps
    self.now = now
  }

  /// Reads a saved clock, stopped.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    warmUpSteps = try values.decode(Int.self, forKey: .warmUpSteps)
    finished = try values.decode([Phase: Double].self, forKey: .seconds)
    ratedImages = try values.decode(Int.self, forKey: .ratedImages)
    ratedSeconds = try values.decode(Double.self, forKey: .ratedSeconds)
    secondsAtLastStep = finished[.training] ?? 0
  }

  /// Checks the numbers of a saved clock.
  public func check() throws(RecordFlaw) {
    try Bounds.images.check(warmUpSteps, "warm_up_steps")
    try Bounds.images.check(ratedImages, "rated_images")
    try Bounds.seconds.check(ratedSeconds, "rated_seconds")
    for (phase, seconds) in finished { try Bounds.seconds.check(seconds, "seconds.\(phase)") }
  }

  /// Saves the clock as if it were stopped now.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(warmUpSteps, forKey: .warmUpSteps)
    let pairs = Phase.allCases.map { ($0, seconds(in: $0)) }
    try values.encode(Dictionary(uniqueKeysWithValues: pairs), forKey: .seconds)
    try values.encode(ratedImages, forKey: .ratedImages)
    try values.encode(ratedSeconds, forKey: .ratedSeconds)
  }

  /// Begins a phase and ends the current one. Returns the phase that was running.
  @discardableResult
  public mutating func start(_ phase: Phase) -> Phase? {
    let previous = stop()
    running = (phase, now())
    return previous
  }

  /// Ends the running phase, if any, and returns it.
  @discardableResult
  public mutating func stop() -> Phase? {
    guard let current = running else { return nil }
    finished[current.phase, default: 0] += seconds(since: current.since)
    running = nil
    return current.phase
  }

  /// Counts a finished training step for the rates.
  ///
  /// - Parameter images: the global batch size of the step.
  public mutating func countStep(images: Int) {
    let seconds = seconds(in: .training)
    stepsHere += 1
    if stepsHere > warmUpSteps {
      ratedImages += images
      ratedSeconds += seconds - secondsAtLastStep
      interval.images += images
      interval.seconds += seconds - secondsAtLastStep
    }
    secondsAtLastStep = seconds
  }

  /// Seconds spent in a phase, over all restarts, including the running part.
  public func seconds(in phase: Phase) -> Double {
    let past = finished[phase] ?? 0
    guard let running, running.phase == phase else { return past }
    return past + seconds(since: running.since)
  }

  /// Seconds spent in all phases, over all restarts.
  public var totalSeconds: Double {
    Phase.allCases.reduce(0) { $0 + seconds(in: $1) }
  }

  /// Images per second of training time over the whole run, without the warm-up; `nil` before the
  /// first counted step.
  public var imagesPerSecond: Double? {
    ratedSeconds > 0 ? Double(ratedImages) / ratedSeconds : nil
  }

  /// Images per second of training time since the last call, without the warm-up; `nil` if no step
  /// was counted since.
  public mutating func takeRecentImagesPerSecond() -> Double? {
    defer { interval = (0, 0) }
    return interval.seconds > 0 ? Double(interval.images) / interval.seconds : nil
  }

  private func seconds(since instant: ContinuousClock.Instant) -> Double {
    (now() - instant) / .seconds(1)
  }
}
