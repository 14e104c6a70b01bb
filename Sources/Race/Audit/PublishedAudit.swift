import Diagnostics
import DiffusionMath
import Foundation

/// What a claim's own published figures say, without running anything.
///
/// Such figures are single runs, quoted: whatever they say, they are no evidence of the kind that a race
/// gives, and the verdict carries that mark.
public struct PublishedAudit: Equatable, Sendable {
  /// The speed-up at one target.
  public struct Point: Equatable, Codable, Sendable {
    /// The metric's value.
    public var target: Double
    /// The baseline's cost of reaching it over the new recipe's.
    public var speedup: Double
  }

  /// From the easiest target to the hardest: those of published points, and the claimed one.
  public let points: [Point]
  /// The speed-up at the claimed target, where both reach it.
  public let atClaimedTarget: Double?
  /// How fast the baseline still improves at its end: `−d ln M / d ln C` between its last two points.
  public let finalSlope: Double?
  /// The deviation of the logarithm of cost that the metric's noise alone makes, at that slope.
  public let costOfNoise: Double?
  /// The claimed factor's two parts, where a ratio of step times was published.
  public let parts: Parts?
  /// A factor in time is one of fewer steps times one of faster steps.
  public struct Parts: Equatable, Codable, Sendable {
    /// How many times fewer steps, and how many times faster each of them; below 1 for slower ones.
    public var fewerSteps, fasterSteps: Double
    /// Both together.
    public var time: Double { fewerSteps * fasterSteps }

    /// Splits a claimed factor; none for units that say nothing about steps or time.
    init?(_ claimed: Claim.Claimed, fasterSteps: Double) {
      guard let factor = claimed.factor else { return nil }
      switch claimed.unit {
      case .gpuHours, .wallClock: fewerSteps = factor / fasterSteps
      case .steps, .images: fewerSteps = factor
      case .flops, .quality, .undefined: return nil
      }
      self.fasterSteps = fasterSteps
    }
  }

  /// In words; never more than undecided.
  public let verdict: Verdict

  /// How much a retrained Fréchet distance differs from one seed to the next: 1.3 %.
  ///
  /// - Source: "The FID Lottery", arXiv 2606.20536.
  public static let metricNoise = 0.013
  /// The largest over the smallest speed-up above which no single number is given.
  public static let spreadLimit = 1.25

  /// Audits a claim's published figures.
  public init(_ claim: Claim) throws {
    guard let published = claim.published else {
      (points, atClaimedTarget, finalSlope, costOfNoise, parts) = ([], nil, nil, nil, nil)
      verdict = .refused([.quoted])
      return
    }
    let baseline = published.baseline.points
    let figures = try Curves(published)
    let points = figures.targets(adding: claim.claimed.target).compactMap { target in
      figures.speedup(at: target).map { Point(target: target, speedup: $0) }
    }
    self.points = points
    atClaimedTarget = claim.claimed.target.flatMap(figures.speedup)
    let last = baseline.suffix(2).map { (cost: log($0.cost), value: log($0.value)) }
    let slope = -(last[1].value - last[0].value) / (last[1].cost - last[0].cost)
    finalSlope = slope
    costOfNoise = slope > 0 ? Self.metricNoise / slope : nil
    parts = published.stepTimeRatio.flatMap { Parts(claim.claimed, fasterSteps: $0) }
    let factors = points.map(\.speedup)
    if let low = factors.min(), let high = factors.max(), high / low > Self.spreadLimit {
      verdict = .dependsOnTarget(low: low, high: high)
    } else {
      verdict = points.isEmpty ? .refused([.quoted, .extrapolation]) : .exploratory
    }
  }
}

/// Both recipes' points, with the metric's logarithm.
private struct Curves {
  let baseline, new: LearningCurve
  private let values: [Double]

  init(_ published: PublishedFigures) throws {
    func curve(_ points: [PublishedFigures.Point]) throws -> LearningCurve {
      try LearningCurve(costs: points.map(\.cost), values: points.map { log($0.value) })
    }
    (baseline, new) = (try curve(published.baseline.points), try curve(published.new.points))
    values = (published.baseline.points + published.new.points).map(\.value)
  }

  /// Every published value and one more, from the easiest to the hardest.
  func targets(adding other: Double?) -> [Double] {
    Set(values + [other].compactMap { $0 }).sorted(by: >)
  }

  /// The ratio of costs where both have been seen at a value.
  func speedup(at target: Double) -> Double? {
    guard let old = cost(of: baseline, at: log(target)), let new = cost(of: new, at: log(target))
    else { return nil }
    return old / new
  }

  private func cost(of curve: LearningCurve, at target: Double) -> Double? {
    switch curve.cost(reaching: target) {
    case .reached(let cost, _): cost
    // Published points say when their own values were reached, not easier ones.
    case .reachedAtOnce(let spent): target == curve.values[0] ? spent : nil
    case .notReached: nil
    }
  }
}
