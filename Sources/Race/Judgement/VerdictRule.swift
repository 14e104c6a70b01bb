/// Chooses the verdict of a race from the fixed list, with the reason. The rules are applied in the
/// order of this file.
struct VerdictRule {
  let primary: SpeedupRecord
  let images: SpeedupRecord?
  let curve: CurveRecord?
  /// The gap at the largest budget; nil if a run failed.
  let gap: GapRecord?
  let others: [GapRecord]
  let stepTime: DecompositionRecord?
  let margin: Double
  let claimed: Double?
  let seeds: Int
  /// Reasons for which the verdict can be at most exploratory, whatever the numbers.
  let caveats: [String]

  /// The verdict and the rule that decided.
  func decide() -> (verdict: Verdict, rule: String) {
    let (verdict, rule) = byNumbers()
    guard verdict.isPositive else { return (verdict, rule) }
    let few = seeds < 5 ? ["\(seeds) seeds, and five are needed"] : []
    let reasons = caveats + few
    return reasons.isEmpty
      ? (verdict, rule)
      : (.exploratory, reasons.joined(separator: "; ") + "; else it were \"\(verdict.words)\"")
  }

  private func byNumbers() -> (verdict: Verdict, rule: String) {
    switch primary.kind {
    case .atLeast:
      return primary.low > 1
        ? (
          .atLeast(primary.low),
          "no run of the baseline reached the target, and the limit is above 1"
        )
        : (
          .notDistinguishable,
          "no run of the baseline reached the target, and the limit is not above 1"
        )
    case .atMost:
      return primary.high < 1
        ? (
          .slower(Verdict.Range(primary.value, low: 0, high: primary.high)),
          "no run of the new recipe reached the target, and the limit is below 1"
        )
        : (.notDistinguishable, "no run of the new recipe reached the target")
    case .measured: return measured()
    }
  }

  private var range: Verdict.Range {
    Verdict.Range(primary.value, low: primary.low, high: primary.high)
  }

  private func measured() -> (verdict: Verdict, rule: String) {
    if primary.low >= 1 / (1 + margin), primary.high <= 1 + margin {
      return (.equivalent(margin: margin), "the whole interval lies within the margin")
    }
    let isCheaperInImages = images.map { $0.kind == .measured && $0.low > 1 } ?? false
    let saysNothingInImages =
      images.map { $0.kind == .measured && $0.low <= 1 && $0.high >= 1 } ?? false
    if isCheaperInImages, primary.low <= 1 {
      return (.stepsOnly, "cheaper in \(images?.unit.words ?? ""), not in \(primary.unit.words)")
    }
    if saysNothingInImages, primary.low > 1, let stepTime, stepTime.stepTimeLow > 1 {
      return (
        .throughputOnly, "steps are faster; in \(images?.unit.words ?? "") the interval holds 1"
      )
    }
    if let curve, curve.dependsOnTarget {
      let factors = curve.points.map(\.speedup)
      return (
        .dependsOnTarget(low: factors.min() ?? 1, high: factors.max() ?? 1),
        "the speed-up differs by more than 1.25 over targets, and a constant ratio is rejected"
      )
    }
    let (verdict, rule) = bySign()
    return disagreement(with: verdict).map { ($0.verdict, $0.rule) } ?? (verdict, rule)
  }

  private func bySign() -> (verdict: Verdict, rule: String) {
    if primary.high < 1 { return (.slower(range), "the whole interval lies below 1") }
    guard primary.low > 1 else { return (.notDistinguishable, "the interval holds 1") }
    guard let gap else { return (.mixed, "a run failed at the largest budget, so there is no gap") }
    switch gap.direction {
    case 1: return (.mixed, "cheaper to the target, and worse at the largest budget")
    case 0:
      return (.notDistinguishable, "the gap at the largest budget is within the noise")
    default: break
    }
    guard let claimed else {
      return (.holds(range), "the interval lies above 1, and so does the gap")
    }
    if primary.high < claimed {
      return (.smallerThanClaimed(range, claimed: claimed), "the claim lies above the interval")
    }
    return primary.low > claimed
      ? (.largerThanClaimed(range, claimed: claimed), "the claim lies below the interval")
      : (.holds(range), "the claim lies inside the interval")
  }

  /// Another metric or guidance scale that contradicts the verdict.
  private func disagreement(with verdict: Verdict) -> (verdict: Verdict, rule: String)? {
    let expected: Int
    switch verdict {
    case .holds, .smallerThanClaimed, .largerThanClaimed: expected = -1
    case .slower: expected = 1
    case .notDistinguishable: expected = 0
    default: return nil
    }
    guard let other = others.first(where: { $0.direction != expected }) else { return nil }
    let sayings = [-1: "better", 0: "not distinguishable", 1: "worse"]
    let says =
      "\(other.metric) at guidance \(Verdict.digits(other.guidance)): "
      + (sayings[other.direction] ?? "")
    return gap.map { $0.metric == other.metric } == true
      ? (.dependsOnGuidance, says) : (.dependsOnMetric, says)
  }
}

extension Verdict {
  /// Whether the verdict grants a speed-up, as a number or a bound.
  var isPositive: Bool {
    switch self {
    case .holds, .smallerThanClaimed, .largerThanClaimed, .atLeast: true
    default: false
    }
  }

  static func percent(_ share: Double) -> String { digits(share * 100) + " %" }
}
