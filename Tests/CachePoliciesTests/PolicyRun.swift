import CachePolicies

/// What a policy decided over a trajectory, carried out on arrays instead of a network.
struct PolicyRun<Policy: CachePolicy> {
  /// The decision about each step.
  var decisions: [CacheDecision] = []
  /// What the policy was told before each decision.
  var readings: [CacheReading] = []
  /// The policy after each step.
  var policies: [Policy] = []

  /// 1 at full steps, otherwise 0.
  var full: [Double] { decisions.map { $0.isFull ? 1 : 0 } }

  /// Asks a policy about every step.
  ///
  /// - Parameters:
  ///   - probe: the value of the probe at a step.
  ///   - error: the error of a checked forecast at a step.
  init(
    _ policy: Policy, steps: Int, depth: Int = 12, probe: ((Int) -> [Double])? = nil,
    error: (Int) -> Double = { _ in 0 }
  ) throws {
    var policy = policy
    let times = (0..<steps).map { 1 - Double($0) / Double(steps) }
    try policy.begin(CachePlan(times: times, depth: depth))
    var lastFull: [Double]?
    for step in 0..<steps {
      var reading = CacheReading()
      if let probe {
        reading.sinceFull = lastFull.map { relativeChange(probe(step), from: $0) }
        if step > 0 { reading.sincePrevious = relativeChange(probe(step), from: probe(step - 1)) }
      }
      let decision = policy.decide(step, reading)
      if decision.isFull { lastFull = probe?(step) }
      let isChecked = !decision.isFull && decision.action != .forecast
      policy.observe(
        step, CacheOutcome(isFull: decision.isFull, error: isChecked ? error(step) : nil))
      decisions.append(decision)
      readings.append(reading)
      policies.append(policy)
    }
  }

  /// The values that a forecast of order 0 gives: those of the last full step.
  func reused(_ value: (Int) -> [Double]) -> [[Double]] {
    var kept: [Double] = []
    return decisions.indices.map { step in
      if decisions[step].isFull { kept = value(step) }
      return kept
    }
  }
}

/// mean |value - earlier| / mean |earlier|.
func relativeChange(_ value: [Double], from earlier: [Double]) -> Double {
  let change = zip(value, earlier).reduce(0) { $0 + abs($1.0 - $1.1) }
  return change / earlier.reduce(0) { $0 + abs($1) }
}

/// The sum of two arrays, element by element.
func sum(_ a: [Double], _ b: [Double]) -> [Double] { zip(a, b).map { $0 + $1 } }
