import Diagnostics

/// The possible results of a race: a fixed list. `S` is how many times cheaper the new recipe
/// reaches the target.
public enum Verdict: Equatable, Sendable {
  /// The whole interval of `S` lies above 1, and the gap at equal budget agrees.
  case holds(Range)
  /// The same, but the claimed factor lies above the interval.
  case smallerThanClaimed(Range, claimed: Double)
  /// The same, but the claimed factor lies below the interval.
  case largerThanClaimed(Range, claimed: Double)
  /// The baseline never reached the target: a lower bound.
  case atLeast(Double)
  /// The interval contains 1, or the gap is below the noise floor.
  case notDistinguishable
  /// The whole interval lies within the margin around 1.
  case equivalent(margin: Double)
  /// The whole interval lies below 1.
  case slower(Range)
  /// Cheaper in steps or images, but not in time.
  case stepsOnly
  /// Steps are faster; the quality after equally many steps is not distinguishable.
  case throughputOnly
  /// No single number: the factor depends on the target.
  case dependsOnTarget(low: Double, high: Double)
  /// Other metrics contradict the result.
  case dependsOnMetric
  /// Other guidance scales contradict the result.
  case dependsOnGuidance
  /// Time to quality and quality at equal budget disagree.
  case mixed
  /// Too few seeds, or not planned beforehand: no verdict, whatever the number.
  case exploratory
  /// No number at all.
  case refused([Refusal])

  /// A speed-up with its interval.
  public struct Range: Equatable, Codable, Sendable {
    /// The estimate and the ends of its interval.
    public var value, low, high: Double
    /// Creates a speed-up.
    public init(_ value: Double, low: Double, high: Double) {
      (self.value, self.low, self.high) = (value, low, high)
    }
    var text: String {
      "\(Verdict.factor(value)) [\(Verdict.digits(low)), \(Verdict.digits(high))]"
    }
  }

  /// The verdict in words.
  public var words: String {
    switch self {
    case .holds(let range): "holds at \(range.text)"
    case .smallerThanClaimed(let range, let claimed):
      "smaller than claimed: \(range.text) against \(Self.factor(claimed))"
    case .largerThanClaimed(let range, let claimed):
      "larger than claimed: \(range.text) against \(Self.factor(claimed))"
    case .atLeast(let bound): "at least \(Self.factor(bound)) (baseline never reached the target)"
    case .notDistinguishable: "not distinguishable"
    case .equivalent(let margin): "equivalent within \(Self.digits(margin * 100)) %"
    case .slower(let range): "slower: \(range.text)"
    case .stepsOnly: "steps only"
    case .throughputOnly: "throughput only"
    case .dependsOnTarget(let low, let high):
      "depends on target (\(Self.factor(low)) to \(Self.factor(high)))"
    case .dependsOnMetric: "depends on metric"
    case .dependsOnGuidance: "depends on guidance"
    case .mixed: "mixed"
    case .exploratory: "exploratory"
    case .refused(let reasons): "refused (\(reasons.map(\.rawValue).joined(separator: ", ")))"
    }
  }

  /// What the verdict means for the claim.
  public var standing: Standing {
    switch self {
    case .holds, .largerThanClaimed, .atLeast: .supported
    case .smallerThanClaimed, .notDistinguishable, .equivalent, .slower, .stepsOnly,
      .throughputOnly:
      .notSupported
    case .dependsOnTarget, .dependsOnMetric, .dependsOnGuidance, .mixed, .exploratory: .undecided
    case .refused: .refused
    }
  }

  /// What a verdict means for a claim, and the exit status of the command.
  public enum Standing: Int32, Codable, Sendable {
    case supported = 0
    case notSupported = 10
    case undecided = 11
    case refused = 12
  }

  static func factor(_ value: Double) -> String { digits(value) + "x" }
  static func digits(_ value: Double) -> String { Readable.number(value, digits: 2) }
}
