import Diagnostics
import Foundation
import Race
import Telemetry

/// The claim compared with what was measured, and all parts of the race.
extension RacePage {
  // MARK: - 12: the claim

  var claimFigure: String {
    let table =
      record.speedups.isEmpty
      ? Self.line("No speed-up is given: the race is refused.")
      : speedupTable + "\n<p class=\"caption\">\(Self.capitalized(setting).htmlEscaped)."
        + (record.unsteady.map { " Wall-clock time is void: \($0)." } ?? "").htmlEscaped + "</p>"
    return Self.section(
      12, "The claim beside what was measured", table + "\n" + RunReport.list(claimFacts))
  }

  private var speedupTable: String {
    let rows = experiment.units.reversed().map { unit -> [String] in
      let found = record.speedups.first { $0.unit == unit }
      let missing = unit == .wallClock && record.unsteady != nil ? "void" : "no number"
      return [
        unit.words, claimedText(in: unit), found.map { Self.measured($0) } ?? missing,
        found.map { Self.interval($0) } ?? "–", found?.method ?? "–",
      ]
    }
    return Self.table(
      [
        .text("Speed-up in"), .number("Claimed"), .number("Measured"), .number("95 % interval"),
        .text("By"),
      ], rows)
  }

  private static func measured(_ speedup: SpeedupRecord) -> String {
    switch speedup.kind {
    case .measured: factor(speedup.value)
    case .atLeast, .atMost: "\(speedup.kind.rawValue) \(factor(speedup.value))"
    }
  }

  /// The claimed factor, in the row of its own unit.
  private func claimedText(in unit: CostUnit) -> String {
    let claimed = record.claim.claimed
    let own: CostUnit? =
      switch claimed.unit {
      case .steps, .images: .images
      case .flops: .flops
      case .gpuHours, .wallClock: .wallClock
      case .quality, .undefined: nil
      }
    guard let factor = claimed.factor, own == unit else { return "–" }
    return "\(Self.factor(factor)) in \(claimed.unit.words)"
  }

  private var claimFacts: [(String, String)] {
    let claim = record.claim
    let accounts = Set(record.plan.arms.flatMap { Array($0.flopsByAccount.keys) }).sorted()
    let declared = experiment.declared.sorted { $0.key < $1.key }
    let counted = accounts + declared.map { "\($0.key) (\($0.value))" }
    let omitted = claim.omitted.joined(separator: " ")
    var facts: [(String, String)] = [
      ("Verdict", record.verdict.words), ("Claimed", record.claim.claimedWords),
      ("Target", record.target == nil ? "none yet" : aim),
      ("Metric", "\(metric); the claim's is \(claim.claimed.metric)"),
      (
        "Guidance",
        "\(Self.guidanceWords(primary.guidance)); the claim's is \(claim.claimed.guidance)"
      ),
      ("Counted here", counted.joined(separator: ", ")),
      ("Not counted by the claimant", omitted.isEmpty ? "nothing that is known" : omitted),
    ]
    if let curve = record.curve, let hardest = curve.points.first, let easiest = curve.points.last {
      let factors = curve.points.map(\.speedup)
      facts.append(
        (
          "Range of S(q)",
          "\(Self.factor(factors.min() ?? 1)) to \(Self.factor(factors.max() ?? 1)) in "
            + "\(primary.unit.words), for \(metric) from \(Readable.number(hardest.target)) to "
            + Readable.number(easiest.target)
        ))
    }
    return facts + powerFacts + [("Source", claim.source)]
  }

  /// What could be found with the race's seeds.
  private var powerFacts: [(String, String)] {
    guard let power = record.power else { return [] }
    let margin = Self.factor(1 + primary.margin)
    let needed = power.seedsForMargin.map { "\($0) seeds" } ?? "more than a thousand seeds"
    return [
      (
        "Slope of \(baseline) at the target",
        "\(Readable.number(power.slope, digits: 2)), improvement over cost, both relative"
      ),
      (
        "What these seeds can find",
        "\(Self.factor(power.detectable)) in \(primary.unit.words) with 80 % probability; "
          + "\(margin) would take \(needed) of each recipe"
      ),
    ]
  }

  // MARK: - What was run

  var experimentSection: String {
    let budgets = experiment.budgets
    var facts: [(String, String)] = [
      ("Recipe of both", experiment.recipe ?? "of the run that draws"),
      ("Set for both", Self.settings(experiment.settings)),
    ]
    facts += experiment.arms.map { ("Set for \($0.name)", Self.settings($0.settings)) }
    facts += experiment.arms.map { arm -> (String, String) in
      let seeds = experiment.seeds(of: arm).map { "\($0)" }
      return ("Seeds of \(arm.name)", seeds.joined(separator: ", "))
    }
    let largest = Readable.count(budgets.baselineImages)
    facts += [
      (
        "Budgets",
        "\(budgets.count) in \(budgets.unit.words), each \(Readable.number(budgets.ratio)) times "
          + "the one before, the largest worth \(largest) \(experiment.itemUnit.words) of \(baseline)"
      ),
      (
        "Schedule of every run",
        experiment.schedule.map {
          "warm-up over \(Self.percent($0.warmUp)), cool-down over "
            + "\(Self.percent($0.coolDown)), average of weights over \(Self.percent($0.average))"
        } ?? "none: nothing is trained"
      ),
      ("Margin of equivalence", Self.percent(primary.margin)),
    ]
    return RunReport.section("What was run", RunReport.list(facts))
  }

  /// Keys with paths on a machine, and their placeholders in a command.
  private static let places = [
    "data.path": "DATA", "evaluation.against": "PICTURES", "evaluation.weights": "WEIGHTS",
  ]

  private static func key(_ setting: String) -> String { String(setting.prefix { $0 != "=" }) }

  /// The settings of recipes, without those that only contain paths.
  private static func settings(_ settings: [String]) -> String {
    let kept = settings.filter { places[key($0)] == nil }
    return kept.isEmpty ? "nothing" : kept.joined(separator: ", ")
  }

  // MARK: - Runs

  var runsSection: String? {
    guard !race.runs.isEmpty else {
      return RunReport.section("Runs", Self.line("No run has begun: the tuning comes first."))
    }
    let rows = race.runs.map { run -> [String] in
      let value = race.value(of: run, primary.metric, guidance: primary.guidance)
      return [
        run.folder, run.run.arm, "\(run.run.budget)", "\(run.run.seed)",
        Readable.count(run.run.images), Self.state(run),
        run.trainSeconds.map { Readable.number($0) } ?? "–",
        value.map { $0.isFinite ? Readable.number($0) : "did not reach" } ?? "–",
      ]
    }
    let finished = race.runs.filter { $0.state == .finished }.count
    let head: [Column] = [
      .text("Folder"), .text("Recipe"), .number("Budget"), .number("Seed"), .number("Images"),
      .text("State"), .number("Training, s"), .number(Self.capitalized(metric)),
    ]
    return RunReport.section(
      "Runs",
      """
      <details><summary>\(race.runs.count) runs, \(finished) of them finished</summary>
      \(Self.table(head, rows))</details>
      """)
  }

  private static func state(_ run: RunObservation) -> String {
    switch run.state {
    case .finished: "finished"
    case .unfinished: run.images == 0 ? "not begun" : "at \(Readable.count(run.images)) images"
    case .failed(let reason): "failed: \(reason.split(separator: "\n").first ?? "")"
    }
  }

  var trialsSection: String {
    let tuning = experiment.tuning
    let rows = race.trials.map { trial -> [String] in
      let value = trial.run.value
      let isChosen = value != nil && record.tuned[trial.run.arm] == value
      return [
        trial.run.arm, value.map { Readable.number($0) } ?? "–", Self.state(trial),
        experiment.primaryValue(of: trial).map { Readable.number($0) } ?? "–",
        isChosen ? "chosen" : "",
      ]
    }
    let text =
      "Each recipe tried the same values of \(tuning.key) at budget \(tuning.budget) with seed "
      + "\(tuning.seed), which is no seed of the race; the lowest \(metric) was chosen."
    let head: [Column] = [
      .text("Recipe"), .number("Value"), .text("State"), .number(Self.capitalized(metric)),
      .text(""),
    ]
    return RunReport.section(
      "Tuning",
      "\(Self.table(head, rows))\n<p class=\"caption\">\(text.htmlEscaped)</p>")
  }

  // MARK: - Machine, sources, commands

  var machineSection: String {
    let machine = record.plan.calibration.environment
    let commit = machine.commit.map { ", commit \($0.prefix(12))" } ?? ""
    var facts: [(String, String)] = [
      ("Processor", machine.processor ?? "not told by the system"),
      ("Cores", "\(machine.cores), \(machine.threads) threads for tensors"),
      ("Memory", Readable.bytes(machine.memoryBytes)), ("Device", machine.device),
      ("Peregrine", machine.peregrine + commit), ("Swift", machine.swift),
    ]
    facts += machine.libraries.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    if let system = machine.operatingSystem { facts.append(("System", system)) }
    facts.append(("Step times measured", machine.capturedAt))
    return RunReport.section("The reference machine", RunReport.list(facts))
  }

  var findingsSection: String? {
    guard !record.claim.findings.isEmpty else { return nil }
    let items = record.claim.findings.map { "<li>\($0.htmlEscaped)</li>" }
    return RunReport.section(
      "What the sources say", "<ul class=\"sayings\">\n\(items.joined(separator: "\n"))\n</ul>")
  }

  var commandSection: String {
    // If paths were given for planning, they must be given again.
    let told = Set(experiment.settings.map(Self.key)).sorted().compactMap { key in
      Self.places[key].map { " --set \(key)=\($0)" }
    }
    let run = experiment.sampling == nil ? "" : " --run RUN"
    let commands = """
      peregrine race plan \(record.claim.name) --out FOLDER\(run)\(told.joined())
      peregrine race run FOLDER
      peregrine race report FOLDER
      """
    return RunReport.section(
      "To run it again",
      """
      <p class="aside">The plan fits this page only with the claim's file of SHA-256 \
      \(record.plan.claimSha256.htmlEscaped).</p>
      <pre class="command"><code>\(commands.htmlEscaped)</code></pre>
      """)
  }
}
