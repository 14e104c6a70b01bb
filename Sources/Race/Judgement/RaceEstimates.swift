import DiffusionMath
import Foundation

/// A speed-up in one unit of cost, with everything that must be reported with it.
public struct SpeedupRecord: Codable, Equatable, Sendable {
  /// The unit of cost.
  public var unit: CostUnit
  /// Whether it is a measured number or a bound.
  public var kind: Kind
  /// How many times cheaper the new recipe is; for a bound, the bound.
  public var value: Double
  /// The 95 % interval; one-sided for a bound.
  public var low, high: Double
  /// How the interval was computed.
  public var method: String
  /// The probability of a speed-up at least as far from 1 if there were none.
  public var pValue: Double?

  /// Whether a speed-up is a measured number or a bound.
  public enum Kind: String, Codable, Sendable {
    case measured
    /// No run of the baseline reached the target, or no run of the new recipe.
    case atLeast = "at least"
    case atMost = "at most"
  }

  init(_ speedup: Speedup, in unit: CostUnit) {
    self.unit = unit
    switch speedup {
    case .measured(let estimate, let how):
      let interval = estimate.interval().exponential
      kind = .measured
      (value, low, high) = (exp(estimate.value), interval.low, interval.high)
      method = how.rawValue
      pValue = estimate.pValue
    case .atLeast(let bound, let limit):
      kind = .atLeast
      (value, low, high) = (exp(bound), exp(limit.low), .infinity)
      method = "one-sided, no run of the baseline reached the target"
    case .atMost(let bound, let limit):
      kind = .atMost
      (value, low, high) = (exp(bound), 0, exp(limit.high))
      method = "one-sided, no run of the new recipe reached the target"
    }
  }
}

/// The difference of a metric at equal cost: below 0 the new recipe is better.
public struct GapRecord: Codable, Equatable, Sendable {
  /// The metric.
  public var metric: String
  /// The guidance scale; 1 means none.
  public var guidance: Double
  /// The budget, counted from 0.
  public var budget: Int
  /// The means of both recipes over seeds.
  public var baseline, new: Double
  /// The difference relative to the baseline, with its 95 % interval.
  public var gap, low, high: Double
  /// Differences below this may be noise.
  public var noiseFloor: Double
  /// The probability of such a difference if there were none, corrected for the number of metrics
  /// if there are several.
  public var pValue: Double
  /// The same from a permutation test, which assumes no distribution but has a lower limit for few
  /// seeds.
  public var permutation: Double?

  /// Better (-1), worse (1) or not distinguishable (0), decided by interval and noise floor.
  public var direction: Int { pValue < 0.05 && abs(gap) > noiseFloor ? (gap < 0 ? -1 : 1) : 0 }
}

/// A point of the curve of the speed-up over targets.
public struct CurvePoint: Codable, Equatable, Sendable {
  /// The metric's value.
  public var target: Double
  /// The speed-up, with its pointwise 95 % interval.
  public var speedup, low, high: Double
}

/// The speed-up over all targets that every run crosses.
public struct CurveRecord: Codable, Equatable, Sendable {
  /// The points, from the hardest target to the easiest.
  public var points: [CurvePoint]
  /// The mean over targets, and the ratio of the largest to the smallest.
  public var mean, spread: Double
  /// The probability of such a slope over targets if the ratio were constant.
  public var slopePValue: Double
  /// Whether a single number cannot describe it.
  public var dependsOnTarget: Bool
}

/// The decomposition `S = steps x step time x the rest`.
public struct DecompositionRecord: Codable, Equatable, Sendable {
  /// How many times fewer images, how many times faster each of them, and the remaining factor.
  public var images, stepTime, rest: Double
  /// The 95 % interval of the step-time factor.
  public var stepTimeLow, stepTimeHigh: Double
}

/// Computes the estimates that the verdict is based on.
struct RaceEstimates {
  let race: ObservedRace
  let target: Double

  private var experiment: Experiment { race.plan.experiment }
  private var isPaired: Bool { experiment.isPaired }
  private var primary: Experiment.Primary { experiment.primary }
  private var scaledTarget: Double { RaceMetric.scale(target, primary.metric) }

  /// `ln(step time of the baseline / of the new recipe)`.
  func logStepTimeRatio() throws -> MeanEstimate {
    try race.plan.calibration.logRatio(of: race.plan.arms[0], to: race.plan.arms[1])
  }

  /// The speed-up in a unit.
  ///
  /// - Throws: ``Speedup/Refusal``.
  func speedup(in unit: CostUnit) throws -> Speedup {
    let costs = try experiment.arms.map { arm in
      try race.curves(of: arm.name, in: unit).map { $0.cost(reaching: scaledTarget) }
    }
    return try Speedup(
      baseline: costs[0], new: costs[1], paired: isPaired, ratioError: ratioError(in: unit))
  }

  /// The error contributed by step times; 0 for costs that do not use them.
  private func ratioError(in unit: CostUnit) throws -> Double {
    unit == .referenceSeconds ? try logStepTimeRatio().standardError : 0
  }

  /// The speed-up as a function of the target; nil if all runs cross no common target.
  func curve() throws -> CurveRecord? {
    let curves = try experiment.arms.map { try race.curves(of: $0.name, in: primary.unit) }
    guard
      let curve = try? SpeedupCurve(
        baseline: curves[0], new: curves[1], paired: isPaired,
        ratioError: ratioError(in: primary.unit))
    else { return nil }
    return CurveRecord(
      points: curve.points.map { point in
        let interval = point.logSpeedup.interval().exponential
        let target =
          RaceMetric.isDistance(primary.metric) ? exp(point.target) : point.target
        return CurvePoint(
          target: target, speedup: exp(point.logSpeedup.value), low: interval.low,
          high: interval.high)
      }, mean: exp(curve.meanLogSpeedup), spread: curve.spread, slopePValue: curve.slope.pValue,
      dependsOnTarget: curve.dependsOnTarget())
  }

  /// The gap in a metric at a budget; nil if a run lacks the metric or failed.
  func gap(_ metric: String, guidance: Double, budget: Int) throws -> GapRecord? {
    let values = experiment.arms.map { arm in
      race.seeds(of: arm.name).compactMap { _, runs in
        runs.first { $0.run.budget == budget }
          .flatMap { race.value(of: $0, metric, guidance: guidance) }
      }
    }
    let counts = experiment.arms.map { experiment.seeds(of: $0).count }
    guard values.map(\.count) == counts, values.joined().allSatisfy(\.isFinite) else { return nil }
    let means = try values.map { try SampleSummary($0).mean }
    let difference =
      isPaired
      ? try MeanEstimate(pairs: values[1], less: values[0])
      : try MeanEstimate(of: values[1], less: values[0])
    let size = abs(means[0])
    let interval = difference.interval()
    let noise = 2 * difference.standardError / size
    return GapRecord(
      metric: metric, guidance: guidance, budget: budget, baseline: means[0], new: means[1],
      gap: difference.value / size, low: interval.low / size, high: interval.high / size,
      noiseFloor: RaceMetric.isDistance(metric) ? max(PublishedAudit.metricNoise, noise) : noise,
      pValue: difference.pValue,
      permutation: isPaired
        ? try? PermutationTest.pValue(
          ofPairedDifferences: zip(values[1], values[0]).map { $0 - $1 })
        : try? PermutationTest.pValue(of: values[1], against: values[0]))
  }

  /// The primary metric's gap at every budget.
  func primaryGaps() throws -> [GapRecord] {
    try (0..<experiment.budgets.count).compactMap {
      try gap(primary.metric, guidance: primary.guidance, budget: $0)
    }
  }

  /// All other metrics and guidance scales at the largest budget, with p values corrected together.
  func otherGaps() throws -> [GapRecord] {
    let budget = experiment.budgets.count - 1
    let scored = Set(race.runs.flatMap(\.scores).map(\.metric))
      .filter(RaceMetric.lowerIsBetter).sorted()
    var asked = scored.flatMap { metric in
      (experiment.scores?.guidances ?? []).map { (metric: metric, guidance: $0) }
    }.filter { $0.metric != primary.metric || $0.guidance != primary.guidance }
    if primary.metric != RaceMetric.heldOutLoss, experiment.sampling == nil {
      asked.append((RaceMetric.heldOutLoss, 1))
    }
    var gaps = try asked.compactMap { try gap($0.metric, guidance: $0.guidance, budget: budget) }
    let corrected = HolmCorrection.adjusted(gaps.map(\.pValue))
    for index in gaps.indices { gaps[index].pValue = corrected[index] }
    return gaps
  }

  /// The factors of a measured speed-up.
  func decomposition(_ primary: SpeedupRecord, images: SpeedupRecord) throws -> DecompositionRecord
  {
    let ratio = try logStepTimeRatio()
    let interval = ratio.interval().exponential
    return DecompositionRecord(
      images: images.value, stepTime: exp(ratio.value),
      rest: primary.value / images.value / exp(ratio.value), stepTimeLow: interval.low,
      stepTimeHigh: interval.high)
  }
}
