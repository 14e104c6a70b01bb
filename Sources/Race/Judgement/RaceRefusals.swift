import Foundation
import RunFiles

/// A refusal with its cause.
public struct RefusedFor: Codable, Equatable, Sendable {
  /// The code.
  public var code: Refusal
  /// What was found, with names and numbers.
  public var detail: String
}

/// The checks that a race must pass before any number is given.
///
/// Some codes arise elsewhere: `E-EXTRAP` and `E-CENS` in the estimate itself, `E-QUOTE` for claims
/// without a race, `E-POST` for a changed claim file.
struct RaceRefusals {
  let race: ObservedRace

  private var plan: RacePlan { race.plan }
  private var experiment: Experiment { race.plan.experiment }
  /// Runs that have a recipe on disk, including trials.
  private var started: [RunObservation] { (race.trials + race.runs).filter { !$0.values.isEmpty } }
  private var finished: [RunObservation] { started.filter { $0.state == .finished } }

  /// All refusals that apply; empty when numbers may be given.
  var all: [RefusedFor] {
    unit + seeds + tuning + schedule + average + calibration + cost + evaluation + best + numerics
      + leakage
  }

  private var unit: [RefusedFor] {
    experiment.primary.unit == experiment.budgets.unit
      ? []
      : [
        RefusedFor(
          code: .unit,
          detail: "budgets in \(experiment.budgets.unit.words), the reading in "
            + experiment.primary.unit.words)
      ]
  }

  private var seeds: [RefusedFor] {
    var found: [String] = []
    for arm in experiment.arms {
      let seeds = experiment.seeds(of: arm)
      if seeds.count < 3 { found.append("\(seeds.count) training seeds of \(arm.name)") }
      if seeds.contains(experiment.tuning.seed) {
        found.append("the seed \(experiment.tuning.seed) of the tuning among those of \(arm.name)")
      }
    }
    let dropped = race.runs.filter { $0.state == .unfinished }
    if let first = dropped.first {
      found.append(
        "\(dropped.count) of \(race.runs.count) runs are not at their end, such as `\(first.folder)`"
      )
    }
    return found.map { RefusedFor(code: .seeds, detail: $0) }
  }

  private var tuning: [RefusedFor] {
    let key = experiment.tuning.key
    let currentKey = FormerKeys.current(key)
    let undone = experiment.arms.compactMap { arm in
      race.chosen(arm.name) == nil ? "no finished tuning of \(arm.name)" : nil
    }
    let counts = experiment.arms.map { arm in
      race.trials.filter { $0.run.arm == arm.name && $0.state != .unfinished }.count
    }
    let unequal =
      Set(counts).count > 1 ? ["\(counts.map(String.init).joined(separator: " and ")) trials"] : []
    let others = race.runs.filter { run in
      guard let text = run.values[currentKey], let value = Double(text) else { return false }
      return value != race.chosen(run.run.arm)
    }.map { "`\($0.folder)` with \(key) \($0.values[currentKey] ?? "")" }
    let fixed = experiment.arms.filter { arm in
      arm.settings.contains { setting in
        let name = setting.split(separator: "=", maxSplits: 1).first.map(String.init) ?? ""
        return FormerKeys.current(name) == currentKey
      }
    }.map { "\(key) set for \($0.name) alone" }
    return (undone + unequal + others.prefix(1) + fixed).map {
      RefusedFor(code: .tuning, detail: $0)
    }
  }

  /// The keys that determine when a run's schedule ends.
  private static let scheduleKeys = [
    "training.images", "optimizer.warmup_images", "optimizer.cooldown_images",
  ]

  private var schedule: [RefusedFor] {
    guard let schedule = experiment.schedule else { return [] }
    let unlike = started.compactMap { run -> String? in
      let planned = plan.schedule(of: run.run)
      return Self.scheduleKeys.first {
        Self.number(run.values[$0]) != Self.number(planned[$0])
      }.map {
        "`\(run.folder)` with \($0) \(run.values[$0] ?? "missing"), not \(planned[$0] ?? "")"
      }
    }
    let early = finished.compactMap { run -> String? in
      guard schedule.coolDown > 0, let peak = run.learningRates.map(\.rate).max(),
        let last = run.learningRates.last, last.rate > 0.01 * peak
      else { return nil }
      return
        "`\(run.folder)` read at a learning rate of \(Verdict.percent(last.rate / peak)) of its peak"
    }
    return (unlike.prefix(1) + early.prefix(1)).map { RefusedFor(code: .schedule, detail: $0) }
  }

  /// Compares the lengths of weight averages, relative to their runs.
  private var average: [RefusedFor] {
    guard experiment.schedule != nil else { return [] }
    let lengths = finished.compactMap { run -> (name: String, share: Double)? in
      guard let decay = Self.number(run.values["optimizer.ema_decay"]), decay < 1 else {
        return nil
      }
      let steps = Double(run.run.images) / Double(plan.arm(run.run.arm).batch)
      return (run.folder, 1 / ((1 - decay) * steps))
    }
    guard let shortest = lengths.min(by: { $0.share < $1.share }),
      let longest = lengths.max(by: { $0.share < $1.share }),
      longest.share > 1.01 * shortest.share
    else { return [] }
    return [
      RefusedFor(
        code: .average,
        detail: "averages over \(Verdict.percent(shortest.share)) of `\(shortest.name)` and "
          + "\(Verdict.percent(longest.share)) of `\(longest.name)`")
    ]
  }

  private var calibration: [RefusedFor] {
    let rules = experiment.calibration ?? CalibrationRules()
    let measured = plan.calibration
    let own = finished.filter { isOnReference($0) }
    let stale = own.first {
      $0.environment?.libraries != measured.environment.libraries
        || $0.environment?.peregrine != measured.environment.peregrine
    }.map { ["`\($0.folder)` ran with other versions than its step times were measured with"] }
    let closure = plan.arms.compactMap { arm -> String? in
      let ratios = own.filter { $0.run.arm == arm.name }.compactMap(unexplained).sorted()
      // The median, because other work may have disturbed a few runs.
      guard !ratios.isEmpty, !(abs(ratios[ratios.count / 2] - 1) <= rules.closure) else {
        return nil
      }
      return "runs of \(arm.name) took \(Verdict.precise(ratios[ratios.count / 2])) of the time "
        + "that their steps predict at the speed that the machine had"
    }
    return (measured.problems(of: plan.arms, rules) + (stale ?? []) + closure)
      .map { RefusedFor(code: .calibration, detail: $0) }
  }

  /// A run's time divided by the time predicted from its steps, without the part that the machine's
  /// speed explains. Some parts of a step, such as sleeping, do not depend on the machine's speed,
  /// so every ratio between 1 and the slowdown is explained.
  private func unexplained(_ run: RunObservation) -> Double? {
    guard let ratio = race.closure(of: run) else { return nil }
    let slowdown = race.plan.calibration.slowdown(of: run.speed)
    return ratio / min(max(ratio, min(1, slowdown)), max(1, slowdown))
  }

  private func isOnReference(_ run: RunObservation) -> Bool {
    let reference = plan.calibration.environment
    return run.environment?.processor == reference.processor
      && run.environment?.device == reference.device && run.environment?.cores == reference.cores
  }

  private var cost: [RefusedFor] {
    Set(plan.arms.flatMap(\.needs)).subtracting(experiment.declared.keys).sorted().map {
      RefusedFor(code: .cost, detail: "`\($0)` is used and not in `race.declared`")
    }
  }

  /// The keys that determine on what data quality is measured.
  private static let evaluationKeys = [
    "data.path", "data.size", "data.scaling", "data.validation_count", "data.validation_seed",
  ]

  private var evaluation: [RefusedFor] {
    let keys = Self.evaluationKeys.compactMap { key -> String? in
      let found = Set(finished.compactMap { $0.values[key] }).sorted()
      return found.count > 1 ? "\(key): \(found.joined(separator: " and "))" : nil
    }
    // Guidance is part of the name here, and the floor belongs to a recipe's prediction. Samplers
    // differ in these settings on purpose, and each seed has its own reference pictures.
    let ignored = Set(
      ["guidance", "floor"]
        + (experiment.sampling == nil
          ? [] : ["solver", "steps", "time_shift", "reference", "reference_content"]))
    var protocols: [String: (folder: String, fields: [String: String])] = [:]
    var unlike: [String] = []
    for run in finished {
      // A score that is not finite has no protocol; it is refused below.
      for score in run.scores where score.value.isFinite {
        let name = "\(score.metric) at guidance \(score.guidance)"
        let fields = score.protocolRecord.filter { !ignored.contains($0.key) }
        if let other = protocols[name], other.fields != fields {
          let key = Set(fields.keys).union(other.fields.keys).sorted()
            .first { fields[$0] != other.fields[$0] }
          unlike.append("\(name) of `\(run.folder)` and `\(other.folder)`: \(key ?? "")")
        } else {
          protocols[name] = (run.folder, fields)
        }
      }
    }
    return (keys + unlike.prefix(1)).map { RefusedFor(code: .evaluation, detail: $0) }
  }

  private var best: [RefusedFor] {
    guard let scoring = experiment.scores else { return [] }
    let scored = race.runs.filter {
      $0.state == .finished && $0.run.budget >= experiment.budgets.count - scoring.budgets
    }
    let metrics = Set(scored.flatMap { $0.scores.map(\.metric) })
    let early = scored.first { run in run.scores.contains { $0.images != run.run.images } }
      .map { "`\($0.folder)` scored before its end" }
    let picked = scored.first { run in
      metrics.contains { metric in
        scoring.guidances.contains { guidance in
          run.value(
            of: metric, guidance: guidance, seeds: experiment.generationSeeds(of: run.run)) == nil
        }
      }
    }.map { "`\($0.folder)` without some of its generation seeds" }
    return [early, picked].compactMap { $0 }.map { RefusedFor(code: .best, detail: $0) }
  }

  private var numerics: [RefusedFor] {
    race.runs.flatMap { run in
      run.scores.compactMap { score -> String? in
        let name = "\(score.metric) of `\(run.folder)`"
        if !score.value.isFinite {
          let reason = score.protocolRecord[RunScore.unsound].map { ": " + $0 } ?? ""
          return "\(name) is no number\(reason)"
        }
        return score.protocolRecord["few_pictures"] != nil
          ? "\(name) is of too few samples for its features" : nil
      }
    }.prefix(1).map { RefusedFor(code: .numerics, detail: $0) }
  }

  /// A recipe must not be judged only in the features of the teacher it was trained with.
  private var leakage: [RefusedFor] {
    let teachers = Set(
      plan.arms.filter { $0.needs.contains("teacher") }.compactMap { $0.values["teacher.network"] }
    ).map(Self.network)
    let judges = Set(
      finished.flatMap { $0.scores.compactMap { $0.protocolRecord["network"] } }.map(Self.network))
    guard experiment.primary.metric != RaceMetric.heldOutLoss, !judges.isEmpty,
      judges.isSubset(of: teachers)
    else { return [] }
    return [
      RefusedFor(
        code: .leakage,
        detail:
          "judged by \(judges.sorted().joined(separator: ", ")), which a recipe was trained with")
    ]
  }

  /// A network's name without the size of its input.
  private static func network(_ text: String) -> String {
    String(text.prefix { $0 != "@" && $0 != " " })
  }

  private static func number(_ text: String?) -> Double? {
    text.flatMap { Double($0.replacingOccurrences(of: "_", with: "")) }
  }
}
