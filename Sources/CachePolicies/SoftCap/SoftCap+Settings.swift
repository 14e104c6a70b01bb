import Diagnostics

extension SoftCap {
  /// The guards of a trajectory, if the budget suffices for them.
  func feasibleGuards(_ plan: CachePlan) throws -> RefreshGuards {
    let fulls =
      switch budget {
      case .fulls(let fulls): fulls
      case .share(let share, let ends):
        Self.fulls(share: share, steps: plan.steps, depth: plan.depth, probe: probe, ends: ends)
      }
    let guards = RefreshGuards(
      steps: plan.steps, warmUp: warmUp, tail: tail, budget: fulls, slack: slack,
      longestRun: longestRun)
    if guards.isFeasible { return guards }
    let smallest = RefreshGuards.smallestBudget(
      steps: plan.steps, warmUp: warmUp, tail: tail, slack: slack, longestRun: longestRun)
    throw PeregrineError(
      .usage, doing: "planning the full steps of a trajectory",
      found: "a budget of \(fulls) full steps among \(plan.steps)",
      expected: smallest.map { "\($0) to \(plan.steps)" }
        ?? "more steps than the \(warmUp + tail) first and last ones that are always full",
      advice: smallest.map { advice(smallest: $0, plan) } ?? "Use fewer first and last ones.")
  }

  /// Names the smallest budget in the terms of the budget that was given.
  private func advice(smallest: Int, _ plan: CachePlan) -> String {
    guard case .share(_, let ends) = budget else {
      return "The smallest budget that works with these settings is \(smallest)."
    }
    let share = Self.share(
      fulls: smallest, steps: plan.steps, depth: plan.depth, probe: probe, ends: ends)
    let enough = (share * 10_000).rounded(.up) / 10_000
    return "The smallest budget that works with these settings is \(smallest) full steps, "
      + "which cost a share of \(Readable.number(enough, digits: 5)) with the probe."
  }

  /// Refuses settings that mean nothing, whatever the trajectory.
  func checkSettings() throws {
    try check(warmUp >= 1, "\(warmUp) first steps that are full", "1 or more")
    try check(tail >= 0, "\(tail) last steps that are full", "0 or more")
    try check(slack > 0 && slack.isFinite, "the slack \(slack)", "a number above 0")
    if let longestRun { try check(longestRun >= 0, "a longest run of \(longestRun)", "0 or more") }
    try check(
      ageGrowth >= 0 && ageGrowth.isFinite, "a growth of the risk of \(ageGrowth)", "0 or more")
    try checkObserver()
    try checkController()
  }

  private func checkObserver() throws {
    let weights = observer.weights.values
    try check(
      weights.allSatisfy { $0 >= 0 && $0.isFinite }, "a negative weight of a drift measure",
      "0 or more")
    try check(
      (0..<1).contains(observer.smoothing), "the smoothing \(observer.smoothing) of the drift",
      "0 to below 1")
    try check(observer.limit > 0, "the limit \(observer.limit) of a drift measure", "above 0")
    switch observer.normalisation {
    case .running(let rate):
      try check((0...1).contains(rate), "the rate \(rate) of the running sizes", "0 to 1")
    case .offline(let scales):
      for (measure, weight) in observer.weights where weight > 0 {
        let scale = scales[measure] ?? 0
        try check(
          scale > 0 && scale.isFinite, "the offline size \(scale) of `\(measure.rawValue)`",
          "a number above 0, from a calibration")
      }
    }
  }

  private func checkController() throws {
    let low = controller.limits.lowerBound
    try check(low > 0, "the smallest relative threshold \(low)", "above 0")
    try check(
      (0...1).contains(controller.leak), "the leak \(controller.leak) of the controller", "0 to 1")
    try check(
      controller.proportionalGain.isFinite && controller.integralGain.isFinite,
      "a gain of the controller that is not finite", "a number")
    if case .absolute(let threshold) = controller.base {
      try check(threshold >= 0, "the threshold \(threshold)", "0 or more")
    }
  }

  private func check(_ holds: Bool, _ found: String, _ expected: String) throws {
    if holds { return }
    throw PeregrineError(
      .usage, doing: "reading the settings of SoftCap", found: found, expected: expected)
  }
}
