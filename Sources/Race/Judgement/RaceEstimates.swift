import DiffusionMath
import Foundation

/// A speed-up in one unit of cost, with all that a number must carry.
public struct SpeedupRecord: Codable, Equatable, Sendable {
  /// What costs are counted in.
  public var unit: CostUnit
  /// Whether it is a number or a bound.
  public var kind: Kind
  /// How many times cheaper the new recipe is; for a bound, the bound.
  public var value: Double
  /// Its 95 % interval; one-sided for a bound.
  public var low, high: Double
  /// How the interval was made.
  public var method: String
  /// The probability of a speed-up at least as far from 1, were there none.
  public var pValue: Double?

  /// Whether a speed-up is a number or a bound.
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
  /// The guidance scale; 1 is none.
  public var guidance: Double
  /// The budget, counted from 0.
  public var budget: Int
  /// The means of both recipes over seeds.
  public var baseline, new: Double
  /// The difference relative to the baseline, with its 95 % interval.
  public var gap, low, high: Double
  /// Differences below this may be noise.
  public var noiseFloor: Double
  /// The probability of such a difference, were there none; corrected over all metrics asked where there
  /// are several.
  public var pValue: Double
  /// The same by relabelling runs, which assumes no distribution and has a floor for few seeds.
  public var permutation: Double?

  /// Better (-1), worse (1) or not distinguishable (0), by interval and noise floor.
  public var direction: Int { pValue < 0.05 && abs(gap) > noiseFloor ? (gap < 0 ? -1 : 1) : 0 }
}

/// A point of the curve of speed-ups over targets.
public struct CurvePoint: Codable, Equatable, Sendable {
  /// The metric's value.
  public var target: Double
  /// The speed-up, with its pointwise 95 % interval.
  public var speedup, low, high: Double
}

/// The speed-up over all targets that every run crosses.
public struct CurveRecord: Codable, Equatable, Sendable {
  /// From the hardest target to the easiest.
  public var points: [CurvePoint]
  /// The mean over targets, and the largest over the smallest.
  public var mean, spread: Double
  /// The probability of such a slope over targets, were the ratio constant.
  public var slopePValue: Double
  /// Whether no single number describes it.
  public var dependsOnTarget: Bool
}

/// `S = steps x step time x the rest`.
public struct DecompositionRecord: Codable, Equatable, Sendable {
  /// How many times fewer images, how many times faster each, and what is left.
  public var images, stepTime, rest: Double
  /// The 95 % interval of the step time's part.
  public var stepTimeLow, stepTimeHigh: Double
}

/// Computes what the verdict rests on.
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

  /// What the uncertainty of step times adds: nothing where costs do not rest on them.
  private func ratioError(in unit: CostUnit) throws -> Double {
    unit == .referenceSeconds ? try logStepTimeRatio().standardError : 0
  }

  /// The curve of speed-ups over targets; nil where no target is crossed by all runs.
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

  /// The gap in a metric at a budget; nil where a run lacks it or failed.
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

  /// All other metrics and guidance scales at the largest budget, their p values corrected together.
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

  /// The parts of a measured speed-up.
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
