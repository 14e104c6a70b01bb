import CachePolicies
import Diagnostics
import Testing

@Suite struct SpeCaTests {
  private let fixture: PolicyFixture

  init() throws { fixture = try PolicyFixture() }

  private func policy(_ golden: PolicyFixture.Case) throws -> SpeCa {
    SpeCa(
      warmUp: try golden.integer("warmup"), threshold: try golden.number("threshold"),
      decay: try golden.number("decay"), floor: try golden.number("floor"),
      shortestRun: try golden.integer("n_min"), longestRun: try golden.integer("n_max"),
      progress: golden.params["progress"] as? String == "(i+1)/T" ? .atEnd : .atStart,
      checks: golden.params["check_runs"] as? String == "every cached step" ? .all : .deciding)
  }

  /// The error that the check of each step gives. The errors of `speca_*_loop` come from forecasts, so
  /// they are taken from the recorded run.
  private func errors(_ golden: PolicyFixture.Case) throws -> [Double] {
    if let constant = golden.params["constant_error"] as? Double {
      return Array(repeating: constant, count: try golden.integer("steps"))
    }
    if golden.id.hasSuffix("_loop") { return try golden.output("error").numbers }
    return try golden.input("error").numbers
  }

  @Test func decisionsChecksAgesAndThresholdsAreThePublishedOnes() throws {
    let names = fixture.cases.keys.filter {
      $0.hasPrefix("speca_") && !$0.hasPrefix("speca_metrics")
    }
    #expect(names.count == 20)
    for name in names {
      let golden = try fixture[name]
      let (policy, errors) = (try policy(golden), try errors(golden))
      let run = try PolicyRun(policy, steps: try golden.integer("steps"), error: { errors[$0] })
      let checked = run.decisions.map { $0.action == .checkedForecast(limit: nil) ? 1.0 : 0 }
      let measured = errors.indices.map { checked[$0] == 1 ? errors[$0] : -1 }
      let followsFull = [false] + run.decisions.map(\.isFull)
      let thresholds = errors.indices.map {
        followsFull[$0] ? -1 : run.policies[$0].threshold(at: $0)
      }
      let compared = errors.indices.map {
        $0 > 0 && run.policies[$0 - 1].age >= policy.shortestRun ? measured[$0 - 1] : -1
      }
      #expect(try golden.departures("full", run.full) == [])
      #expect(try golden.departures("checked", checked) == [])
      #expect(try golden.departures("age", run.policies.map { Double($0.age) }) == [])
      #expect(try golden.departures("threshold", thresholds) == [])
      #expect(try golden.departures("error", measured) == [])
      #expect(try golden.departures("compared", compared) == [])
    }
  }

  @Test func namedSettingsAreThoseOfTheFixture() throws {
    #expect(try policy(fixture["speca_dit_low"]) == .dit)
    #expect(try policy(fixture["speca_flux_low"]) == .flux)
    #expect(try policy(fixture["speca_hunyuan_low"]) == .hunyuan)
  }

  @Test func rollbackLimitsAStepByItsOwnThreshold() throws {
    var settings = SpeCa.flux
    settings.rollsBack = true
    // Every error is far too large; without rollback each would make the next step full.
    let run = try PolicyRun(settings, steps: 12, error: { _ in 1e9 })
    #expect(run.full == [1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1])
    let limits = run.decisions.indices.map { step -> Double? in
      guard case .checkedForecast(let limit) = run.decisions[step].action else { return nil }
      return limit
    }
    #expect(limits.prefix(5).allSatisfy { $0 == nil })
    #expect(limits[5] == run.policies[5].threshold(at: 5) && limits[10] != nil)
  }

  @Test func aStepDoneAgainStartsANewRun() throws {
    var policy = SpeCa.flux
    policy.rollsBack = true
    try policy.begin(CachePlan(times: Array(repeating: 0.5, count: 12), depth: 4))
    for step in 0..<5 {
      let decision = policy.decide(step, CacheReading())
      policy.observe(step, CacheOutcome(isFull: decision.isFull))
    }
    #expect(policy.decide(5, CacheReading()).isFull == false)
    policy.observe(5, CacheOutcome(isFull: true, error: 1e9))
    #expect(policy.age == 0)
    #expect(policy.decide(6, CacheReading()) == .forecast(.schedule))
  }

  @Test func anErrorThatIsNotFiniteMakesTheNextStepFull() throws {
    let run = try PolicyRun(SpeCa.flux, steps: 8, error: { _ in .nan })
    #expect(run.decisions[6] == .full(.notFinite))
  }

  @Test func theFiveMetricsAreThePublishedOnes() throws {
    for name in ["speca_metrics_dit", "speca_metrics_flux", "speca_metrics_hunyuan"] {
      let golden = try fixture[name]
      let (forecast, exact) = (try golden.input("forecast"), try golden.input("exact"))
      let epsilon = try golden.number("eps")
      let rows = 0..<exact.shape[0]
      // The cosine is averaged over the rows; the others are over all elements of the batch.
      let cosines = rows.map {
        ForecastErrorMetric.cosine.error(of: forecast[$0], against: exact[$0], epsilon: epsilon)
      }
      let others = ForecastErrorMetric.allCases.dropLast().map {
        $0.error(of: forecast.numbers, against: exact.numbers, epsilon: epsilon)
      }
      let found = others + [cosines.reduce(0, +) / Double(rows.count)]
      #expect(try golden.departures("metrics", found) == [])
    }
  }

  @Test func runsThatCannotBeAreRefused() {
    var settings = SpeCa.dit
    settings.longestRun = 2
    #expect(throws: PeregrineError.self) { try PolicyRun(settings, steps: 5) }
  }
}
