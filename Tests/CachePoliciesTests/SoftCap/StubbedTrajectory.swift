import CachePolicies
import DiffusionMath

/// A trajectory of a policy whose readings are given, one change of the probe for each step.
struct StubbedTrajectory {
  private(set) var decisions: [CacheDecision] = []
  private(set) var trace: [SoftCapStep] = []

  init(_ policy: SoftCap, depth: Int = 28, changes: [Double?]) throws {
    var policy = policy
    let times = TimeGrid.uniform(steps: changes.count).times.dropLast()
    try policy.begin(CachePlan(times: Array(times), depth: depth))
    for (step, change) in changes.enumerated() {
      var reading = CacheReading()
      reading.sincePrevious = change
      let decision = policy.decide(step, reading)
      policy.observe(step, CacheOutcome(isFull: decision.isFull))
      decisions.append(decision)
    }
    trace = policy.trace
  }

  /// The steps that were full.
  var fulls: [Int] { decisions.indices.filter { decisions[$0].isFull } }
  /// The largest number of forecasts in a row.
  var longestRun: Int {
    var (longest, run) = (0, 0)
    for decision in decisions {
      run = decision.isFull ? 0 : run + 1
      longest = max(longest, run)
    }
    return longest
  }
  /// How often a reason was given.
  func count(_ reason: CacheDecision.Reason) -> Int { decisions.count { $0.reason == reason } }
}

extension DriftObserver {
  /// An observer whose drift is the stubbed change itself.
  static let stubbed = DriftObserver(
    normalisation: .offline([.change: 1]), weights: [.change: 1], smoothing: 0)
}
