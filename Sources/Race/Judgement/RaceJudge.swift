import DiffusionMath
import Foundation

/// Judges finished runs. The same runs give the same record, bit for bit.
public struct RaceJudge {
  private let race: ObservedRace
  private let claim: Claim
  /// The current hash of the claim's file.
  private let claimSha256: String

  /// A judge of a race.
  ///
  /// - Parameters:
  ///   - claim: the claim as it was when the race was planned.
  ///   - claimSha256: the current hash of the claim's file.
  public init(_ race: ObservedRace, claim: Claim, claimSha256: String) {
    (self.race, self.claim, self.claimSha256) = (race, claim, claimSha256)
  }

  private var experiment: Experiment { race.plan.experiment }

  /// Judges.
  public func judge() throws -> RaceRecord {
    let refusals = RaceRefusals(race: race).all
    guard refusals.isEmpty, let target = race.target else {
      return refused(refusals)
    }
    let estimates = RaceEstimates(race: race, target: target)
    let primary: SpeedupRecord
    do {
      let unit = experiment.primary.unit
      primary = SpeedupRecord(try estimates.speedup(in: unit), in: unit)
    } catch let refusal as Speedup.Refusal {
      return refused([explained(refusal, target)])
    }
    // If there is no number in another unit, the race still has a result.
    let unsteady = unsteady
    let others = experiment.units.filter {
      $0 != primary.unit && ($0 != .wallClock || unsteady == nil)
    }.compactMap { unit in
      (try? estimates.speedup(in: unit)).map { SpeedupRecord($0, in: unit) }
    }
    let images = ([primary] + others).first { $0.unit == experiment.itemUnit }
    var record = outline(target)
    record.speedups = [primary] + others
    record.unsteady = unsteady
    record.curve = try estimates.curve()
    record.gaps = try estimates.primaryGaps()
    record.otherGaps = try estimates.otherGaps()
    record.decomposition = try images.flatMap {
      primary.kind == .measured && $0.kind == .measured
        ? try estimates.decomposition(primary, images: $0) : nil
    }
    record.power = race.power
    let rule = VerdictRule(
      primary: primary, images: images, curve: record.curve,
      gap: record.gaps.first { $0.budget == experiment.budgets.count - 1 },
      others: record.otherGaps, stepTime: record.decomposition,
      margin: experiment.primary.margin, claimed: claimedFactor,
      seeds: seedCount, caveats: caveats)
    let (verdict, why) = rule.decide()
    record.verdict = RaceRecord.VerdictRecord(
      words: verdict.words, standing: verdict.standing, rule: why,
      conditions: conditions(target, primary), refusals: [])
    return record
  }

  /// The claimed factor, if it is a ratio of costs.
  private var claimedFactor: Double? {
    claim.claimed.unit == .quality || claim.claimed.unit == .undefined ? nil : claim.claimed.factor
  }

  private var seedCount: Int { experiment.arms.map { experiment.seeds(of: $0).count }.min() ?? 0 }

  /// A claim that was changed after planning may have been adapted to the results.
  private var caveats: [String] {
    claimSha256 == race.plan.claimSha256
      ? [] : ["\(Refusal.hindsight.rawValue): the claim's file is not the one that was planned"]
  }

  /// The conditions that belong to every number of this race.
  private func conditions(_ target: Double, _ primary: SpeedupRecord) -> String {
    let guidance = experiment.primary.guidance
    return [
      "in \(primary.unit.words)",
      "to \(RaceMetric.words(for: experiment.primary.metric)) \(Self.short(target))",
      guidance == 1 ? "unguided" : "guidance \(Verdict.digits(guidance))",
      "n = \(experiment.arms.map { "\(experiment.seeds(of: $0).count)" }.joined(separator: " and "))",
      "95 % by \(primary.method)", "ledger \(RaceRecord.ledgerVersion)",
    ].joined(separator: ", ")
  }

  /// Wall-clock times are void when the machine's speed changed by more than this and the runs show
  /// it.
  static let steadiness = 0.03

  private var unsteady: String? {
    let moved = race.runs.filter { run in
      guard let closure = race.closure(of: run), abs(closure - 1) > Self.steadiness else {
        return false
      }
      return run.speed.map {
        abs(race.plan.calibration.slowdown(of: $0) - 1) > Self.steadiness
      } ?? true
    }
    return moved.isEmpty
      ? nil
      : "the machine was not as fast as when steps were timed, by more than "
        + "\(Verdict.percent(Self.steadiness)), or nothing tells, during \(moved.count) of "
        + "\(race.runs.count) runs"
  }

  static func short(_ value: Double) -> String { String(format: "%.4g", value) }

  private func refused(_ reasons: [RefusedFor]) -> RaceRecord {
    var record = outline(race.target)
    var codes: [Refusal] = []
    for reason in reasons where !codes.contains(reason.code) { codes.append(reason.code) }
    let verdict = Verdict.refused(codes)
    record.verdict = RaceRecord.VerdictRecord(
      words: verdict.words, standing: verdict.standing,
      rule: "a check failed, so no number is given",
      conditions: "", refusals: reasons)
    return record
  }

  /// Everything except the results of the statistics.
  private func outline(_ target: Double?) -> RaceRecord {
    RaceRecord(
      verdict: RaceRecord.VerdictRecord(
        words: "", standing: .refused, rule: "", conditions: "", refusals: []),
      claim: claim, plan: race.plan, target: target, speedups: [], gaps: [], otherGaps: [],
      staircases: experiment.arms.map { staircase(of: $0.name) },
      tuned: Dictionary(
        uniqueKeysWithValues: experiment.arms.compactMap { arm in
          race.chosen(arm.name).map { (arm.name, $0) }
        }), trials: race.trials, runs: race.runs)
  }

  private func explained(_ refusal: Speedup.Refusal, _ target: Double) -> RefusedFor {
    let aim = "\(RaceMetric.words(for: experiment.primary.metric)) \(Self.short(target))"
    switch refusal {
    case .tooFewSeeds: return RefusedFor(code: .seeds, detail: "fewer than two seeds of a recipe")
    case .reachedAtOnce:
      return isOutside(target)
        ? RefusedFor(
          code: .extrapolation, detail: "every run of a recipe has \(aim) at its first budget")
        : RefusedFor(code: .censored, detail: "a run has \(aim) at its first budget already")
    case .mostlyNotReached:
      return isOutside(target)
        ? RefusedFor(code: .extrapolation, detail: "no run of either recipe reached \(aim)")
        : RefusedFor(
          code: .censored, detail: "more than half of a recipe's runs missed \(aim), not all")
    }
  }

  /// Whether no run of a recipe crosses the target from above.
  private func isOutside(_ target: Double) -> Bool {
    let scaled = RaceMetric.scale(target, experiment.primary.metric)
    let reached = experiment.arms.map { arm in
      (try? race.curves(of: arm.name, in: experiment.primary.unit))?.map {
        $0.cost(reaching: scaled)
      } ?? []
    }
    return reached.contains {
      $0.allSatisfy { if case .reachedAtOnce = $0 { true } else { false } }
    }
      || reached.joined().allSatisfy { if case .notReached = $0 { true } else { false } }
  }

  // MARK: Staircases

  private static let draws = 999

  private func staircase(of arm: String) -> StaircaseRecord {
    let primary = experiment.primary
    let points = race.seeds(of: arm).map { _, runs in
      runs.compactMap { run in
        race.value(of: run, primary.metric, guidance: primary.guidance).flatMap { value in
          value.isFinite
            ? ParetoStaircase.Point(cost: race.cost(of: run, in: primary.unit), value: value) : nil
        }
      }
    }
    let own = ParetoStaircase(points.flatMap { $0 })
    let costs = Set(points.joined().map(\.cost)).sorted()
    let resampled = (0..<Self.draws).map { draw in
      var stream = RandomStream(seed: 0, purpose: "race/attainment", index: UInt64(draw))
      return ParetoStaircase(
        points.indices.flatMap { _ in points[stream.integer(below: points.count)] })
    }
    let attained = [0.05, 0.5, 0.95].map { share in
      AttainmentCurve(of: resampled, share: share, at: costs).values.map { $0.isFinite ? $0 : nil }
    }
    return StaircaseRecord(arm: arm, corners: own.corners, costs: costs, attained: attained)
  }
}
