import CachePolicies
import Diagnostics
import Testing

@Suite struct FirstBlockCacheTests {
  private let fixture: PolicyFixture

  init() throws { fixture = try PolicyFixture() }

  /// The outputs `x` of `fbc_taylor_order*` need a Taylor forecast and are not compared here. The ratio
  /// of `fbc_zero` is never computed there; ours may be.
  @Test func ratiosDecisionsAndOutputsAreThePublishedOnes() throws {
    let names = fixture.cases.keys.filter { $0.hasPrefix("fbc_") }
    #expect(names.count == 14)
    for name in names {
      let golden = try fixture[name]
      let (h, x, r) = (try golden.input("h"), try golden.input("x"), try golden.input("r"))
      let policy = FirstBlockCache(
        threshold: try golden.number("delta"),
        tie: name.hasPrefix("fbc_diffusers") ? .forecast : .full,
        warmUp: golden.params["warmup"] as? Int ?? 0)
      let run = try PolicyRun(policy, steps: try golden.integer("steps"), probe: { h[$0] })
      #expect(try golden.departures("full", run.full) == [])
      if name != "fbc_zero" {
        let ratios = zip(run.decisions, run.readings).map {
          $0.reason == .warmUp ? -1 : $1.sinceFull ?? -1
        }
        #expect(try golden.departures("rho", ratios) == [])
      }
      if !name.hasPrefix("fbc_taylor") {
        let outputs = run.reused { r[$0] }.enumerated().flatMap { sum(sum(x[$0], h[$0]), $1) }
        #expect(try golden.departures("x", outputs) == [])
      }
    }
  }

  @Test func aThresholdOfZeroComputesAnUnchangedPictureToo() throws {
    for tie in [FirstBlockCache.Tie.full, .forecast] {
      let policy = FirstBlockCache(threshold: 0, tie: tie)
      #expect(try PolicyRun(policy, steps: 3, probe: { _ in [1] }).full == [1, 1, 1])
    }
  }

  @Test func withoutAnAnchorOrAFiniteRatioAStepIsFull() throws {
    let policy = FirstBlockCache(threshold: 0.1)
    let run = try PolicyRun(policy, steps: 4, probe: { [$0 == 2 ? .infinity : 1] })
    #expect(run.decisions[0] == .full(.noAnchor))
    #expect(run.decisions[1] == .forecast(.low))
    #expect(run.decisions[2] == .full(.notFinite))
  }

  @Test func aNetworkOfOneBlockIsRefused() {
    #expect(throws: PeregrineError.self) {
      try PolicyRun(FirstBlockCache(threshold: 0.1), steps: 4, depth: 1, probe: { _ in [1] })
    }
  }
}
