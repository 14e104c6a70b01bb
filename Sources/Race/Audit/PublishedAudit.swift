import Diagnostics
import DiffusionMath
import Foundation

/// What a claim's own published figures say, without running anything.
///
/// Such figures are quoted single runs. Whatever they say, they are not evidence like that of a
/// race, and the verdict says so.
public struct PublishedAudit: Equatable, Sendable {
  /// The speed-up at one target.
  public struct Point: Equatable, Codable, Sendable {
    /// The metric's value.
    public var target: Double
    /// The baseline's cost of reaching it, divided by the new recipe's.
    public var speedup: Double
  }

  /// From the easiest target to the hardest: the values of the published points, and the claimed
  /// target.
  public let points: [Point]
  /// The speed-up at the claimed target, if both recipes reach it.
  public let atClaimedTarget: Double?
  /// How fast the baseline still improves at the end: `−d ln M / d ln C` between its last two
  /// points.
  public let finalSlope: Double?
  /// The standard deviation of the logarithm of cost caused by the metric's noise alone, at that
  /// slope.
  public let costOfNoise: Double?
  /// The two parts of the claimed factor, if a ratio of step times was published.
  public let parts: Parts?
  /// A speed-up in time is a product: fewer steps times faster steps.
  public struct Parts: Equatable, Codable, Sendable {
    /// How many times fewer steps, and how many times faster each of them; below 1 if they are
    /// slower.
    public var fewerSteps, fasterSteps: Double
    /// The product of both.
    public var time: Double { fewerSteps * fasterSteps }

    /// Splits a claimed factor; nil for units that do not measure steps or time.
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

  /// The verdict; at most "undecided".
  public let verdict: Verdict

  /// The standard deviation of a Fréchet distance over retrained seeds: 1.3 %.
  ///
  /// - Source: "The FID Lottery", arXiv 2606.20536.
  public static let metricNoise = 0.013
  /// If the largest speed-up divided by the smallest exceeds this, no single number is given.
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

/// The points of both recipes, with the logarithm of the metric.
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

  /// Every published value and one more target, from the easiest to the hardest.
  func targets(adding other: Double?) -> [Double] {
    Set(values + [other].compactMap { $0 }).sorted(by: >)
  }

  /// The ratio of costs, if both recipes reached the value.
  func speedup(at target: Double) -> Double? {
    guard let old = cost(of: baseline, at: log(target)), let new = cost(of: new, at: log(target))
    else { return nil }
    return old / new
  }

  private func cost(of curve: LearningCurve, at target: Double) -> Double? {
    switch curve.cost(reaching: target) {
    case .reached(let cost, _): cost
    // Published points only say when their own values were reached, not easier ones.
    case .reachedAtOnce(let spent): target == curve.values[0] ? spent : nil
    case .notReached: nil
    }
  }
}
