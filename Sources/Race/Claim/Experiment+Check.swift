import Diagnostics

extension Experiment {
  /// Refuses settings with which no race can be run.
  ///
  /// - Throws: ``PeregrineError`` `.usage` naming the key.
  func check(_ origin: String) throws {
    let rules = calibration ?? CalibrationRules()
    let shares = schedule ?? Schedule(warmUp: 0, coolDown: 0, average: 1)
    let conditions: [(key: String, found: String, expected: String, holds: Bool)] = [
      (
        "budgets.ratio", "\(budgets.ratio)", "above 1 and at most 1.5",
        budgets.ratio > 1 && budgets.ratio <= 1.5
      ),
      ("budgets.count", "\(budgets.count)", "at least 5", budgets.count >= 5),
      (
        "budgets.baseline_images", "\(budgets.baselineImages)", "above 0",
        budgets.baselineImages > 0
      ),
      (
        "budgets.unit", budgets.unit.rawValue, "reference-seconds, flops or \(itemUnit.rawValue)",
        budgets.unit != .wallClock && units.contains(budgets.unit)
      ),
      (
        "recipe",
        "\(recipe ?? "no recipe"), \(schedule == nil ? "no schedule" : "a schedule")"
          + (sampling == nil ? "" : ", and sampling"),
        "a recipe with a schedule; or sampling with scores of every budget, and neither of them",
        sampling == nil
          ? recipe != nil && schedule != nil
          : recipe == nil && schedule == nil && scores?.budgets == budgets.count
      ),
      (
        "tuning.budget", "\(tuning.budget)", "0 to \(budgets.count - 1)",
        (0..<budgets.count).contains(tuning.budget)
      ),
      ("tuning.values", "none", "at least one", !tuning.values.isEmpty),
      (
        "schedule", "\(shares.warmUp), \(shares.coolDown), \(shares.average)",
        "shares from 0 to 1, an average above 0, and warm-up and cool-down of 1 at most together",
        shares.warmUp >= 0 && shares.coolDown >= 0 && shares.warmUp + shares.coolDown <= 1
          && shares.average > 0 && shares.average <= 1
      ),
      (
        "new.name", new.name, "another name than the baseline's, of letters, digits and dashes",
        new.name != baseline.name && arms.allSatisfy { Self.isName($0.name) }
      ),
      (
        "primary.margin", "\(primary.margin)", "between 0 and 1",
        primary.margin > 0 && primary.margin < 1
      ),
      (
        "primary.metric", "\(primary.metric), and no `scores`",
        "held_out_loss, or scores with the primary guidance at every budget",
        primary.metric == RaceMetric.heldOutLoss
          || scores.map {
            $0.budgets == budgets.count && $0.guidances.contains(primary.guidance)
              && (sampling != nil || !$0.generationSeeds.isEmpty)
          } == true
      ),
      (
        "calibration.blocks", "\(rules.blocks) blocks of \(rules.steps) steps",
        "an even number of blocks, at least 6, of at least 1 step",
        rules.blocks >= 6 && rules.blocks % 2 == 0 && rules.steps > 0
      ),
    ]
    if let failed = conditions.first(where: { !$0.holds }) {
      throw PeregrineError(
        .usage, doing: "reading the race of a claim (\(origin))",
        found: "`race.\(failed.key)`: \(failed.found)", expected: failed.expected)
    }
  }

  private static func isName(_ text: String) -> Bool {
    !text.isEmpty && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
  }
}
