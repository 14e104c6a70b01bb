import Diagnostics
import Foundation
import Race

/// The verdict, and its meaning in plain words.
extension RacePage {
  var headline: String {
    let verdict = record.verdict
    let (words, look) = Self.standing(verdict.standing)
    let subtitle = "\(new) against \(baseline). Claimed: \(record.claim.claimedWords)."
    let conditions =
      verdict.conditions.isEmpty
      ? "" : "<p class=\"aside\">\(Self.capitalized(verdict.conditions).htmlEscaped).</p>\n"
    return """
      <header>
      <p class="overline">Race report</p>
      <h1 class="claim">\(record.claim.statement.htmlEscaped)</h1>
      <p class="subtitle">\(subtitle.htmlEscaped)</p>
      <div class="verdict \(look)">
      <p class="standing">\(words)</p>
      <p class="words">\(verdict.words.htmlEscaped)</p>
      \(conditions)<p class="aside">Why: \(verdict.rule.htmlEscaped).</p>
      \(refusals)</div>
      </header>
      """
  }

  private var refusals: String {
    let items = record.verdict.refusals.map { refusal in
      "<li><b>\(refusal.code.rawValue)</b>: \(refusal.code.meaning.htmlEscaped). "
        + "Found: \(refusal.detail.htmlEscaped).</li>"
    }
    return items.isEmpty ? "" : "<ul>\n\(items.joined(separator: "\n"))\n</ul>\n"
  }

  /// What a verdict means for the claim, and the CSS class of its colour.
  private static func standing(_ standing: Verdict.Standing) -> (words: String, look: String) {
    switch standing {
    case .supported: ("The claim is supported", "supported")
    case .notSupported: ("The claim is not supported", "not-supported")
    case .undecided: ("The claim is undecided", "undecided")
    case .refused: ("No judgement", "refused")
    }
  }

  // MARK: - In plain words

  var plainSection: String {
    let terms = glossary.map { "<p><b>\($0.term)</b>: \($0.meaning.htmlEscaped)</p>" }
    return """
      <section class="plain">
      <h2>In plain words</h2>
      <p>\(plainWords.htmlEscaped)</p>
      </section>
      <div class="terms">
      \(terms.joined(separator: "\n"))
      </div>
      """
  }

  private var plainWords: String {
    guard let speedup = record.speedups.first else { return withoutNumbers }
    let verdict = "Hence \"\(record.verdict.words)\": \(record.verdict.rule)."
    return [reached(speedup), parts, equalBudget, verdict].compactMap { $0 }
      .joined(separator: " ")
  }

  /// Whether the target was reached, and how much less that cost.
  private func reached(_ speedup: SpeedupRecord) -> String {
    let unit = speedup.unit.words
    let conditions = record.verdict.conditions
    switch speedup.kind {
    case .measured:
      let share = 1 / speedup.value
      let amount = Readable.number(share, digits: 3) + (share < 1 ? " of" : " times")
      return "\(new) reached \(aim) with \(amount) the \(unit) that \(baseline) took: "
        + "a speed-up of \(Self.factor(speedup.value)), 95 % interval "
        + "\(Self.interval(speedup)) (\(conditions))."
    case .atLeast:
      return "No run of \(baseline) reached \(aim) and runs of \(new) did, so the speed-up is "
        + "at least \(Self.factor(speedup.value)), one-sided 95 % limit "
        + "\(Self.factor(speedup.low)) (\(conditions))."
    case .atMost:
      return "No run of \(new) reached \(aim) and runs of \(baseline) did, so the speed-up is "
        + "at most \(Self.factor(speedup.value)), one-sided 95 % limit "
        + "\(Self.factor(speedup.high)) (\(conditions))."
    }
  }

  /// Where the speed-up comes from.
  private var parts: String? {
    guard let parts = record.decomposition else { return nil }
    let other = Self.factor(parts.rest)
    let rest = abs(log(parts.rest)) < 0.005 ? "" : ", times \(other) from the rest"
    let interval = "\(Self.factor(parts.stepTimeLow)) to \(Self.factor(parts.stepTimeHigh))"
    return
      "That is \(Self.factor(parts.images)) from how many \(experiment.itemName)s were needed, times "
      + "\(Self.factor(parts.stepTime)) (\(interval)) from how fast each \(experiment.itemName) went\(rest); "
      + "above 1x \(new) is better."
  }

  /// How good both are at the same cost.
  private var equalBudget: String? {
    guard let gap = record.gaps.last(where: { $0.budget == largestBudget }) else { return nil }
    let size = Self.percent(abs(gap.gap))
    let side = gap.gap < 0 ? "lower, which is better" : "higher, which is worse"
    let meaning = gap.direction == 0 ? "so this may be noise" : "so this is more than noise"
    let interval = "\(Self.signed(gap.low)) to \(Self.signed(gap.high))"
    return "For the same \(experiment.budgets.unit.words), at the largest budget, its \(metric) "
      + "was \(size) \(side) (95 % interval \(interval)); "
      + "the noise floor is \(Self.percent(gap.noiseFloor)), \(meaning)."
  }

  private var withoutNumbers: String {
    let finished = record.runs.filter { $0.state == .finished }.count
    let failed = record.verdict.refusals.count
    let checks = failed == 1 ? "a check failed" : "\(failed) checks failed"
    return "There is no number, because \(checks): a speed-up measured like this could mislead. "
      + "\(finished) of \(record.plan.runs.count) runs are finished; the reasons are listed above."
  }

  /// The terms that a reader needs for the rest of the page.
  private var glossary: [(term: String, meaning: String)] {
    let origin =
      primary.target == nil
      ? "what the best tuning trials of both reached" : "written down with the claim"
    let distances =
      isDistance ? ", and 1.3 % at least, which retraining alone moves such distances by" : ""
    return [
      (
        "Speed-up",
        "what \(baseline) spends to reach the target over what \(new) spends; above 1x \(new) is "
          + "cheaper."
      ),
      (
        "Reference time",
        "time on one machine: the \(experiment.itemName)s of a run times the seconds that one was "
          + "measured to take there (figure 9)."
      ),
      ("Target", "the \(metric) that is raced to, lower being better; here \(origin)."),
      (
        "Noise floor",
        "twice the standard error of the difference over seeds\(distances); smaller differences "
          + "say nothing."
      ),
      ("95 % interval", "holds the truth in 95 of 100 races like this one."),
    ]
  }

  /// The interval of a speed-up; open on one side for a bound.
  static func interval(_ speedup: SpeedupRecord) -> String {
    switch speedup.kind {
    case .measured: "\(factor(speedup.low)) to \(factor(speedup.high))"
    case .atLeast: "above \(factor(speedup.low))"
    case .atMost: "below \(factor(speedup.high))"
    }
  }
}
