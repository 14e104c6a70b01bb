import DiffusionMath

/// Times contenders in interleaved turns, forward and backward (ABBA), so that a slow or shared
/// machine slows all of them equally.
public struct InterleavedRun: Sendable {
  /// The number of rounds; each contender has two turns per round.
  public var rounds = 6
  /// The minimum length of a turn.
  public var turnSeconds = 2.0
  /// The number of steps per turn; if missing, as many as fit into its seconds.
  public var turnSteps: Int?
  /// The number of warm-up turns of two steps, which do not count: compilers compile and caches
  /// fill.
  public var warmUpTurns = 2

  /// Six rounds of turns of two seconds.
  public init() {}

  /// The events of a run.
  public enum Event: Sendable {
    case starting(String)
    case warmingUp(String)
    /// A turn, with the median seconds of its steps.
    case turn(round: Int, of: Int, contender: String, seconds: Double)
  }

  /// Times contenders that do the same work.
  ///
  /// - Parameter betweenRounds: called before each round with the times until then, for other
  ///   measurements in between; what it throws ends the run.
  public func measure(
    _ contenders: [any Contender], betweenRounds: ([Timing]) throws -> Void = { _ in },
    onEvent: (Event) -> Void = { _ in }
  ) throws -> [Timing] {
    var counts: [Int] = []
    for contender in contenders {
      onEvent(.warmingUp(contender.name))
      var seconds: [Double] = []
      for _ in 0..<warmUpTurns { seconds = try contender.measure(2) }
      let fitting = max(1, Int((turnSeconds / max(seconds.min() ?? 1, 1e-6)).rounded(.up)))
      counts.append(turnSteps ?? fitting)
      contender.forgetPeakMemory()
    }
    var timings = contenders.map { Timing(contender: $0.name) }
    let order = Array(contenders.indices)
    for round in 0..<rounds {
      try betweenRounds(timings)
      for index in order + order.reversed() {
        let seconds = try contenders[index].measure(counts[index])
        timings[index].turns.append(Timing.Turn(round: round, seconds: seconds))
        onEvent(
          .turn(
            round: round, of: rounds, contender: contenders[index].name,
            seconds: Timing.median(seconds)))
      }
    }
    for index in order { timings[index].peakMemoryBytes = contenders[index].peakMemoryBytes }
    return timings
  }
}

/// The times of one contender.
public struct Timing: Codable, Equatable, Sendable {
  /// Consecutive steps.
  public struct Turn: Codable, Equatable, Sendable {
    /// The round, counted from 0; each round has two turns of each contender.
    public var round: Int
    /// The seconds of each step.
    public var seconds: [Double]
  }
  /// Its name.
  public var contender: String
  /// All turns.
  public var turns: [Turn] = []
  /// The peak memory of its process.
  public var peakMemoryBytes: Int?

  init(contender: String) { self.contender = contender }

  /// The seconds per step: the median over rounds of each round's mean.
  public var secondsPerStep: Double { Self.median(roundMeans) }

  /// The mean seconds of a step in each round.
  var roundMeans: [Double] {
    Dictionary(grouping: turns, by: \.round).sorted { $0.key < $1.key }.map { _, turns in
      let all = turns.flatMap(\.seconds)
      return all.reduce(0, +) / Double(all.count)
    }
  }

  /// How many times as fast as another contender this one was, round by round.
  public func speed(over other: Timing, confidence: Double = 0.95) throws -> MedianEstimate {
    try MedianEstimate(
      of: zip(other.roundMeans, roundMeans).map { $0 / $1 }, confidence: confidence)
  }

  static func median(_ values: [Double]) -> Double {
    (try? MedianEstimate(of: values).value) ?? .nan
  }
}
