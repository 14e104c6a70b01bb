import Diagnostics
import Foundation

extension RaceRecord {
  /// The judgement as Markdown: the verdict, then the reasons, then figures.
  public func markdown() -> String {
    let arms = plan.experiment.arms.map(\.name)
    var lines = [
      "# \(claim.statement)", "", "**\(verdict.words)**" + suffix, "",
      verdict.rule.prefix(1).uppercased() + verdict.rule.dropFirst() + ".",
    ]
    if !verdict.refusals.isEmpty {
      lines += [""] + verdict.refusals.map { "- \($0.code.rawValue): \($0.detail)" }
    }
    lines += ["", "\(arms[1]) against \(arms[0]). Claimed: \(claim.claimedWords)."]
    lines += speedupTable + gapTable + parts + tuningTable + ledger
    return lines.joined(separator: "\n") + "\n"
  }

  private var suffix: String { verdict.conditions.isEmpty ? "" : " (\(verdict.conditions))" }

  private var speedupTable: [String] {
    guard !speedups.isEmpty else { return [] }
    return [
      "", "| speed-up counted in | | 95 % interval | by |", "| --- | --- | --- | --- |",
    ]
      + speedups.map {
        let kind = $0.kind == .measured ? "" : $0.kind.rawValue + " "
        let high = $0.high.isFinite ? Verdict.factor($0.high) : "∞"
        return "| \($0.unit.words) | \(kind)\(Verdict.precise($0.value))x | "
          + "\(Verdict.factor($0.low)) to \(high) | \($0.method) |"
      } + (unsteady.map { ["", "No speed-up in wall-clock time: \($0)."] } ?? [])
  }

  private var gapTable: [String] {
    let all = gaps + otherGaps
    guard !all.isEmpty else { return [] }
    let arms = plan.experiment.arms.map(\.name)
    return [
      "",
      "| budget | metric | guidance | \(arms[0]) | \(arms[1]) | gap | 95 % interval | noise floor | p | p by relabelling |",
      "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
      + all.map { gap in
        "| \(gap.budget) | \(gap.metric) | \(Verdict.digits(gap.guidance)) | "
          + "\(RaceJudge.short(gap.baseline)) | \(RaceJudge.short(gap.new)) | "
          + "\(Self.signed(gap.gap)) | \(Self.signed(gap.low)) to \(Self.signed(gap.high)) | "
          + "\(Verdict.percent(gap.noiseFloor)) | \(Verdict.digits(gap.pValue)) | "
          + "\(gap.permutation.map(Verdict.digits) ?? "") |"
      }
  }

  private static func signed(_ share: Double) -> String { String(format: "%+.2f %%", share * 100) }

  private var parts: [String] {
    var lines: [String] = []
    if let parts = decomposition {
      lines += [
        "",
        "\(Verdict.precise(speedups[0].value))x = \(Verdict.precise(parts.images))x fewer \(plan.experiment.itemName)s · "
          + "\(Verdict.precise(parts.stepTime))x faster ones "
          + "[\(Verdict.precise(parts.stepTimeLow)), \(Verdict.precise(parts.stepTimeHigh))] · "
          + "\(Verdict.precise(parts.rest)).",
      ]
    }
    if let curve {
      lines += [
        "",
        "Over all targets that every run crosses: \(Verdict.precise(curve.mean))x on average, largest "
          + "over smallest \(Verdict.precise(curve.spread)), p of a constant ratio "
          + "\(Verdict.digits(curve.slopePValue)).",
      ]
    }
    if let power {
      let seeds = power.seedsForMargin.map { "\($0) seeds" } ?? "more than a thousand seeds"
      lines += [
        "",
        "The baseline's slope at the target is \(Verdict.digits(power.slope)); with this noise a speed-up "
          + "of \(Verdict.precise(power.detectable))x is found with 80 % probability, and "
          + "\(Verdict.precise(1 + plan.experiment.primary.margin))x would take \(seeds).",
      ]
    }
    return lines
  }

  private var tuningTable: [String] {
    let key = plan.experiment.tuning.key
    return [
      "",
      "Tuned for both (`\(key)`, seed \(plan.experiment.tuning.seed), budget "
        + "\(plan.experiment.tuning.budget)):",
    ]
      + plan.experiment.arms.map { arm in
        let tries = trials.filter { $0.run.arm == arm.name }.map { trial in
          "\(trial.run.value.map { "\($0)" } ?? "") → "
            + (plan.experiment.primaryValue(of: trial).map(RaceJudge.short) ?? "not done")
        }
        return "- \(arm.name): \(tries.joined(separator: ", ")); chosen "
          + (tuned[arm.name].map { "\($0)" + edge($0) } ?? "none")
      }
  }

  /// Reports when the best value is at the edge of those tried, so that a better one may lie
  /// beyond.
  private func edge(_ value: Double) -> String {
    let tried = plan.experiment.tuning.values
    guard tried.count > 1, value == tried.max() || value == tried.min() else { return "" }
    return ", the \(value == tried.max() ? "largest" : "smallest") that was tried"
  }

  private var ledger: [String] {
    ["", "| cost of an \(plan.experiment.itemName) | seconds | FLOPs |", "| --- | --- | --- |"]
      + plan.arms.map { arm in
        let flops = arm.flopsByAccount.sorted { $0.key < $1.key }
          .map { "\($0.key) \(Readable.quantity($0.value, "FLOP"))" }
        let input = plan.calibration.inputWords(of: arm.name).map { " (\($0))" } ?? ""
        return
          "| \(arm.name) | \(RaceJudge.short(plan.calibration.secondsPerImage(of: arm)))\(input) | "
          + "\(flops.joined(separator: ", ")) |"
      } + clocks + [""]
      + plan.experiment.declared.sorted { $0.key < $1.key }.map { "- \($0.key): \($0.value)" }
  }

  private var clocks: [String] {
    let race = ObservedRace(plan, trials: trials, runs: runs)
    let lines = plan.arms.compactMap { arm -> String? in
      let seconds = race.accounts(of: arm.name).map {
        "\($0.account) \(Readable.duration($0.seconds))"
      }
      return seconds.isEmpty ? nil : "- \(arm.name): \(seconds.joined(separator: ", "))"
    }
    return lines.isEmpty
      ? []
      : ["", "A run of the largest budget by its own clock, of which training is charged:", ""]
        + lines
  }

  /// A line for each run, trials first.
  public func csv() -> String {
    let header =
      "role,recipe,budget,seed,images,state,reference_seconds,flops,train_seconds,slowdown,"
      + "held_out_loss,tuned_value,folder"
    let race = ObservedRace(plan, trials: trials, runs: runs)
    func line(_ role: String, _ run: RunObservation) -> String {
      let state =
        switch run.state {
        case .finished: "finished"
        case .failed: "failed"
        case .unfinished: "unfinished"
        }
      let fields: [String] = [
        role, run.run.arm, "\(run.run.budget)", "\(run.run.seed)", "\(run.run.images)", state,
        "\(race.cost(of: run, in: .referenceSeconds))", "\(race.cost(of: run, in: .flops))",
        run.trainSeconds.map { "\($0)" } ?? "",
        run.speed.map { "\(plan.calibration.slowdown(of: $0))" } ?? "",
        run.heldOutLoss.map { "\($0)" } ?? "",
        (run.run.value ?? tuned[run.run.arm]).map { "\($0)" } ?? "", run.folder,
      ]
      return fields.joined(separator: ",")
    }
    let lines = trials.map { line("trial", $0) } + runs.map { line("run", $0) }
    return ([header] + lines).joined(separator: "\n") + "\n"
  }
}

extension Verdict {
  static func precise(_ value: Double) -> String { Readable.number(value, digits: 3) }
}
