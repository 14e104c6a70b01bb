/// The rate of some work, estimated from reports of how much is done.
///
/// The time until the first report is left out: it contains what happens only once, such as
/// loading, compiling and filling caches. There is no rate before at least a second, and one whole
/// batch, can be measured.
struct RateEstimate: Sendable {
  /// The amount per second; `nil` while there is nothing to base it on.
  private(set) var rate: Double?

  private let batch: Int
  private var interval: (done: Int, start: ContinuousClock.Instant)?
  private var last: ContinuousClock.Instant?

  /// The time constant of the smoothed rate, in seconds.
  private static let window = 15.0
  private static let shortestInterval = 1.0

  /// - Parameter batch: how much is computed at once, although it is reported one by one.
  init(batch: Int) { self.batch = batch }

  /// Records that more is done than before.
  mutating func report(_ done: Int, at time: ContinuousClock.Instant) {
    last = time
    guard let interval else { return self.interval = (done, time) }
    let (amount, seconds) = (done - interval.done, (time - interval.start) / .seconds(1))
    guard amount >= batch, seconds >= Self.shortestInterval else { return }
    let newest = Double(amount) / seconds
    // A longer interval replaces more of the average.
    let share = seconds / (seconds + Self.window)
    rate = rate.map { $0 + share * (newest - $0) } ?? newest
    self.interval = (done, time)
  }

  /// Leaves out the time since the last report.
  mutating func skipPause(until time: ContinuousClock.Instant) {
    guard let last, let interval else { return }
    self.interval = (interval.done, interval.start + (time - last))
    self.last = time
  }
}
