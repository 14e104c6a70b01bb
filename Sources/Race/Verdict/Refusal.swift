/// The reasons why a race gives no number.
public enum Refusal: String, Codable, CaseIterable, Sendable {
  /// A schedule had not finished when the result was read, or the lengths of schedules differ.
  case schedule = "E-SCHED"
  /// The budget and the result have different units.
  case unit = "E-UNIT"
  /// The target lies outside what either recipe reached.
  case extrapolation = "E-EXTRAP"
  /// More than half of a recipe's runs missed the target and no bound is possible, or a run reached
  /// it at its first budget.
  case censored = "E-CENS"
  /// Fewer than three training seeds, reused seeds, or missing runs.
  case seeds = "E-SEED"
  /// A calibration is missing, outdated or inconsistent, or fails its closure test.
  case calibration = "E-CAL"
  /// A cost is not declared.
  case cost = "E-COST"
  /// Recipes were not tuned equally.
  case tuning = "E-TUNE"
  /// The lengths of weight averages differ.
  case average = "E-EMA"
  /// The best of several checkpoints or generation seeds was chosen.
  case best = "E-BEST"
  /// Sample count, reference, resizer, sampler, labels or guidance differ.
  case evaluation = "E-EVAL"
  /// Quality is judged only in features that a recipe was trained with.
  case leakage = "E-LEAK"
  /// Numbers were copied from a paper instead of measured.
  case quoted = "E-QUOTE"
  /// Negative eigenvalues, too few samples, or a distance that is not linear in 1/n.
  case numerics = "E-NUM"
  /// The target or budget was chosen after seeing results.
  case hindsight = "E-POST"

  /// What it means.
  public var meaning: String {
    switch self {
    case .schedule: "a schedule was not finished at the reading, or horizons are unlike"
    case .unit: "budget and reading are in different units"
    case .extrapolation: "the target lies outside what a recipe was seen to reach"
    case .censored:
      "too many runs missed the target, or reached it at once, for a number or a bound"
    case .seeds: "fewer than three training seeds, reused seeds, or dropped runs"
    case .calibration: "step times are missing, stale, not monotone, or fail their closure test"
    case .cost: "an item of the ledger is not declared"
    case .tuning: "the recipes were not tuned equally"
    case .average: "the rules of the averages of weights differ"
    case .best: "the best of several checkpoints or generation seeds was taken"
    case .evaluation: "sample count, reference, resizer, sampler, labels or guidance differ"
    case .leakage: "judged only in features that a recipe trained on"
    case .quoted: "numbers are quoted, not run"
    case .numerics: "a score's own checks failed"
    case .hindsight: "target or budget were chosen after seeing results"
    }
  }
}
