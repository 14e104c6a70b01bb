import Diagnostics

extension Experiment {
  private typealias Condition = (key: String, found: String, expected: String, holds: Bool)

  /// Refuses settings with which no race can be run.
  ///
  /// - Throws: ``PeregrineError`` `.usage` naming the key.
  func check(_ origin: String) throws {
    let rules = calibration ?? CalibrationRules()
    let shares = schedule ?? Schedule(warmUp: 0, coolDown: 0, average: 1)
    let conditions: [Condition] = [
      (
        "budgets.ratio", "\(budgets.ratio)", "above 1 and at most 1.5",
        budgets.ratio > 1 && budgets.ratio <= 1.5
      ),
      ("budgets.count", "\(budgets.count)", "5 to 64", (5...64).contains(budgets.count)),
      (
        "budgets.baseline_images", "\(budgets.baselineImages)", Bounds.images.from(1).words,
        Bounds.images.from(1).contains(budgets.baselineImages)
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
        "tuning.budget", "\(tuning.budget)", "from 0 to below \(budgets.count)",
        0 <= tuning.budget && tuning.budget < budgets.count
      ),
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
        "an even number of blocks, 6 to 1,000, of 1 to 100,000 steps",
        (6...1_000).contains(rules.blocks) && rules.blocks % 2 == 0
          && (1...100_000).contains(rules.steps)
      ),
    ]
    if let failed = (conditions + lengths).first(where: { !$0.holds }) {
      throw PeregrineError(
        .usage, doing: "reading the race of a claim (\(origin))",
        found: "`race.\(failed.key)`: \(failed.found)", expected: failed.expected)
    }
  }

  /// How long the lists of a race may be, and what numbers they may hold. A race of a million runs
  /// would be read for hours before it is run.
  private var lengths: [Condition] {
    let counts = arms.map { seeds(of: $0).count }
    let shares = arms.flatMap { ($0.shares ?? [:]).values }
    let guidances = scores?.guidances ?? []
    let generationSeeds = scores?.generationSeeds.count ?? 0
    let scored = scores?.budgets ?? 0
    let areSeeds = arms.allSatisfy { Self.isList(seeds(of: $0), most: 1_000) }
    let areValues =
      Self.isList(tuning.values, most: 100) && tuning.values.allSatisfy(\.isFinite)
    return [
      ("seeds", "\(counts) seeds", "1 to 1,000 different ones", areSeeds),
      (
        "tuning.values", "\(tuning.values.count) values", "1 to 100 different finite numbers",
        areValues
      ),
      (
        "shares", "\(shares)", "shares from 0 to 1", shares.allSatisfy(Bounds<Double>.unit.contains)
      ),
      (
        "primary.target", "\(primary.target ?? 0)", "a finite number",
        (primary.target ?? 0).isFinite
      ),
      (
        "scores.budgets", "\(scored)", "0 to \(budgets.count)",
        scored >= 0 && scored <= budgets.count
      ),
      (
        "scores.guidances", "\(guidances)", "at most 100 finite numbers",
        guidances.count <= 100 && guidances.allSatisfy(\.isFinite)
      ),
      (
        "scores.generation_seeds", "\(generationSeeds) seeds", "at most 100",
        generationSeeds <= 100
      ),
    ]
  }

  /// Whether a list has items, not too many, and none twice.
  private static func isList<Item: Hashable>(_ items: [Item], most: Int) -> Bool {
    !items.isEmpty && items.count <= most && Set(items).count == items.count
  }

  private static func isName(_ text: String) -> Bool {
    !text.isEmpty && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
  }
}
