import CachePolicies
import Diagnostics
import Testing

@Suite struct DBCacheTests {
  private let fixture: PolicyFixture

  init() throws { fixture = try PolicyFixture() }

  private func policy(_ golden: PolicyFixture.Case) throws -> DBCache {
    let mask = (golden.params["steps_computation_mask"] as? [Int])?.map { $0 == 1 }
    let isExact = golden.params["steps_computation_policy"] as? String == "static"
    let limit = golden.params["max_continuous_cached_steps"] as? Int
    return DBCache(
      firstBlocks: try golden.integer("Fn"),
      threshold: try golden.number("residual_diff_threshold"),
      warmUp: try golden.integer("max_warmup_steps"),
      warmUpInterval: golden.params["warmup_interval"] as? Int ?? 1,
      mask: mask.map { isExact ? .exact($0) : .required($0) } ?? .none,
      forecastLimit: golden.params["max_cached_steps"] as? Int,
      runLimit: limit.map { .shippedCounter($0) } ?? .none,
      changeLimit: golden.params["max_accumulated_residual_diff_threshold"] as? Double)
  }

  /// What the blocks add together at a step.
  private func added(_ delta: [Double], _ blocks: Range<Int>, of count: Int) -> [Double] {
    let size = delta.count / count
    return blocks.reduce(Array(repeating: 0, count: size)) {
      sum($0, Array(delta[$1 * size..<($1 + 1) * size]))
    }
  }

  /// The outputs `x` of the cases with a calibrator (`dbcache_taylor1`, `_taylor2`, `_dmd`, `_foca`)
  /// need its forecast and are not compared here.
  @Test func ratiosDecisionsCountersAndOutputsAreThePublishedOnes() throws {
    let names = fixture.cases.keys.filter { $0.hasPrefix("dbcache_") }
    #expect(names.count == 12)
    for name in names {
      let golden = try fixture[name]
      let (delta, x) = (try golden.input("delta"), try golden.input("x"))
      let (blocks, last) = (try golden.integer("blocks"), try golden.integer("Bn"))
      let policy = try policy(golden)
      let first = policy.firstBlocks
      let run = try PolicyRun(
        policy, steps: try golden.integer("steps"), depth: blocks,
        probe: { added(delta[$0], 0..<first, of: blocks) })
      // A ratio was computed where the sum of ratios grew.
      let sums = [0] + run.policies.map(\.changes)
      let ratios = run.readings.indices.map {
        sums[$0 + 1] > sums[$0] ? run.readings[$0].sinceFull ?? -1 : -1
      }
      let counted = run.policies.map { Double($0.counter.value) }
      let blocksRun = run.decisions.map { Double($0.isFull ? blocks : first + last) }
      #expect(try golden.departures("full", run.full) == [])
      #expect(try golden.departures("rho", ratios) == [])
      #expect(try golden.departures("continuous", counted) == [])
      #expect(try golden.departures("blocks_run", blocksRun) == [])
      if golden.params["calibrator"] is String { continue }
      let middle = run.reused { added(delta[$0], first..<blocks - last, of: blocks) }
      let outputs = middle.enumerated().flatMap { step, middle in
        let always = sum(
          added(delta[step], 0..<first, of: blocks),
          added(delta[step], blocks - last..<blocks, of: blocks))
        return sum(sum(x[step], always), middle)
      }
      #expect(try golden.departures("x", outputs) == [])
    }
  }

  @Test func aLimitOnRunsHoldsAndTheShippedCounterDoesNot() throws {
    func runs(_ limit: DBCache.RunLimit) throws -> [Int] {
      let policy = DBCache(firstBlocks: 1, threshold: 0.5, warmUp: 1, runLimit: limit)
      // The probe jumps at step 3.
      let run = try PolicyRun(policy, steps: 12, probe: { [$0 < 3 ? 1.0 : 4.0] })
      return run.full.split(separator: 1).map(\.count)
    }
    #expect(try runs(.none) == [2, 8])
    #expect(try runs(.length(3)) == [2, 3, 3])
    #expect(try runs(.shippedCounter(3)) == [2, 2, 3, 1])
  }

  @Test func defaultsAreThePublishedOnes() {
    let policy = DBCache()
    #expect(policy.firstBlocks == 8 && policy.threshold == 0.08 && policy.warmUp == 8)
    #expect(policy.probe == .blocks(8))
  }

  @Test func settingsThatTheNetworkCannotServeAreRefused() {
    #expect(throws: PeregrineError.self) {
      try PolicyRun(DBCache(firstBlocks: 4), steps: 3, depth: 4, probe: { _ in [1] })
    }
    #expect(throws: PeregrineError.self) {
      try PolicyRun(DBCache(mask: .exact([true])), steps: 3, probe: { _ in [1] })
    }
  }
}
