import CachePolicies
import Diagnostics
import Testing

@Suite struct MagCacheTests {
  private let fixture: PolicyFixture

  init() throws { fixture = try PolicyFixture() }

  private func ratios(_ golden: PolicyFixture.Case) throws -> [Double] {
    let ratios = try golden.input("ratios").numbers
    return Array(ratios.prefix(golden.params["table_entries_used"] as? Int ?? ratios.count))
  }

  @Test func errorsDecisionsAndOutputsAreThePublishedOnes() throws {
    for name in ["magcache_0", "magcache_1", "magcache_2", "magcache_interpolated"] {
      let golden = try fixture[name]
      let (x, r) = (try golden.input("x"), try golden.input("r"))
      let policy = MagCache(
        ratios: try ratios(golden), threshold: try golden.number("threshold"),
        longestRun: try golden.integer("max_skip_steps"),
        retention: try golden.number("retention_ratio"))
      let run = try PolicyRun(policy, steps: try golden.integer("steps"))
      let outputs = run.reused { r[$0] }.enumerated().flatMap { sum(x[$0], $1) }
      #expect(try golden.departures("full", run.full) == [])
      #expect(try golden.departures("error", run.policies.map(\.error)) == [])
      #expect(try golden.departures("x", outputs) == [])
    }
  }

  @Test func aTableServesOtherNumbersOfSteps() throws {
    let golden = try fixture["magcache_interpolated"]
    let found = MagCache.interpolated(
      try ratios(golden), to: try golden.integer("steps"))
    #expect(try golden.departures("ratios_used", found) == [])
    #expect(MagCache.interpolated([1, 2, 3], to: 3) == [1, 2, 3])
    #expect(MagCache.interpolated([1, 2, 3], to: 1) == [3])
  }

  @Test func calibrationGivesThePublishedRatios() throws {
    let golden = try fixture["magcache_calibrate"]
    let r = try golden.input("r")
    let width = r.shape[3]
    let norms = (0..<r.shape[0]).map { step in
      stride(from: 0, to: r[step].count, by: width).map { token in
        r[step][token..<token + width].reduce(0) { $0 + $1 * $1 }.squareRoot()
      }
    }
    #expect(try golden.departures("ratios", MagCache.calibrated(norms: norms)) == [])
  }

  @Test func withoutATableThePolicyIsRefused() {
    #expect(throws: PeregrineError.self) { try PolicyRun(MagCache(ratios: []), steps: 3) }
    #expect(throws: PeregrineError.self) {
      try PolicyRun(MagCache(ratios: [1], retention: 1.5), steps: 3)
    }
  }
}
