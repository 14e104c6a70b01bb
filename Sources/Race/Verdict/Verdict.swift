import Diagnostics

/// The words in which a race may end: a closed list.
///
/// - Source: the design's table of verdicts; `S` is how many times cheaper the new recipe reaches the target.
public enum Verdict: Equatable, Sendable {
  /// `S` above 1 with all of its interval, and the gap at equal budget agrees.
  case holds(Range)
  /// The same, and the claimed factor lies above the interval.
  case smallerThanClaimed(Range, claimed: Double)
  /// The same, and the claimed factor lies below the interval.
  case largerThanClaimed(Range, claimed: Double)
  /// The baseline never reached the target: a bound from below.
  case atLeast(Double)
  /// The interval holds 1, or the gap is below the noise floor.
  case notDistinguishable
  /// The whole interval lies within the margin around 1.
  case equivalent(margin: Double)
  /// The whole interval lies below 1.
  case slower(Range)
  /// Cheaper in steps or images, not in time.
  case stepsOnly
  /// Steps are faster; quality at equal steps is not distinguishable.
  case throughputOnly
  /// No single number: from one factor to another, by target.
  case dependsOnTarget(low: Double, high: Double)
  /// Other metrics say otherwise.
  case dependsOnMetric
  /// Other guidance says otherwise.
  case dependsOnGuidance
  /// Time to quality and quality at equal budget disagree.
  case mixed
  /// Too few seeds, or not written down beforehand: no verdict, whatever the number.
  case exploratory
  /// No number at all.
  case refused([Refusal])

  /// A speed-up with its interval.
  public struct Range: Equatable, Codable, Sendable {
    /// The estimate and the ends of its interval.
    public var value, low, high: Double
    /// Describes a speed-up.
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

  /// What a verdict means for a claim, and the status that the command ends with.
  public enum Standing: Int32, Codable, Sendable {
    case supported = 0
    case notSupported = 10
    case undecided = 11
    case refused = 12
  }

  static func factor(_ value: Double) -> String { digits(value) + "x" }
  static func digits(_ value: Double) -> String { Readable.number(value, digits: 2) }
}
