import DiffusionMath

/// Contenders that take turns, there and back again (ABBA), so that a machine that slows down or is shared
/// slows all of them alike.
public struct InterleavedRun: Sendable {
  /// How often all take their two turns.
  public var rounds = 6
  /// How long a turn lasts at least.
  public var turnSeconds = 2.0
  /// How many steps a turn has; as many as its seconds hold when missing.
  public var turnSteps: Int?
  /// The turns of two steps before anything counts: compilers compile, caches fill.
  public var warmUpTurns = 2

  /// Six rounds of turns of two seconds.
  public init() {}

  /// What happens, as it happens.
  public enum Event: Sendable {
    case starting(String)
    case warmingUp(String)
    /// A turn with the median seconds of its steps.
    case turn(round: Int, of: Int, contender: String, seconds: Double)
  }

  /// Times contenders that do the same work.
  ///
  /// - Parameter betweenRounds: called before each round, for what else is measured on the way.
  public func measure(
    _ contenders: [any Contender], betweenRounds: () throws -> Void = {},
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
      try betweenRounds()
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

/// How long one contender took.
public struct Timing: Codable, Equatable, Sendable {
  /// Steps in a row.
  public struct Turn: Codable, Equatable, Sendable {
    /// Counted from 0; each has two turns of each contender.
    public var round: Int
    /// Of each step.
    public var seconds: [Double]
  }
  /// Its name.
  public var contender: String
  /// All turns.
  public var turns: [Turn] = []
  /// The most memory its process held.
  public var peakMemoryBytes: Int?

  init(contender: String) { self.contender = contender }

  /// The seconds of a step: the mean of each round, and of these the median.
  public var secondsPerStep: Double { Self.median(roundMeans) }

  /// The mean seconds of a step in each round.
  var roundMeans: [Double] {
    Dictionary(grouping: turns, by: \.round).sorted { $0.key < $1.key }.map { _, turns in
      let all = turns.flatMap(\.seconds)
      return all.reduce(0, +) / Double(all.count)
    }
  }

  /// How many times as fast as another this one was, round by round.
  public func speed(over other: Timing, confidence: Double = 0.95) throws -> MedianEstimate {
    try MedianEstimate(
      of: zip(other.roundMeans, roundMeans).map { $0 / $1 }, confidence: confidence)
  }

  static func median(_ values: [Double]) -> Double {
    (try? MedianEstimate(of: values).value) ?? .nan
  }
}
