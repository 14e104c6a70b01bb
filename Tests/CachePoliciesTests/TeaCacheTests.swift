import CachePolicies
import Diagnostics
import Testing

@Suite struct TeaCacheTests {
  private let fixture: PolicyFixture

  init() throws { fixture = try PolicyFixture() }

  @Test func changesSumsDecisionsAndOutputsAreThePublishedOnes() throws {
    let names = fixture.cases.keys.filter { $0.hasPrefix("teacache_") }
    #expect(names.count == 7)
    for name in names {
      let golden = try fixture[name]
      let coefficients = try #require(
        golden.params["coefficients_highest_power_first"] as? [Double])
      let polynomial = ChangePolynomial(coefficients)
      #expect(polynomial == (name.contains("flux") ? .flux : .hunyuanVideo))
      let (probe, x, r) = (
        try golden.input("probe"), try golden.input("x"), try golden.input("r")
      )
      let policy = TeaCache(polynomial, threshold: try golden.number("delta"))
      let run = try PolicyRun(policy, steps: try golden.integer("steps"), probe: { probe[$0] })
      let changes = run.decisions.indices.map { step in
        [.low, .risk].contains(run.decisions[step].reason)
          ? run.readings[step].sincePrevious : nil
      }
      let outputs = run.reused { r[$0] }.enumerated().flatMap { sum(x[$0], $1) }
      #expect(try golden.departures("full", run.full) == [])
      #expect(try golden.departures("rel_l1", changes.map { $0 ?? -1 }) == [])
      #expect(
        try golden.departures("poly", changes.map { $0.map(polynomial.value) ?? -1 }) == [])
      #expect(try golden.departures("accumulator", run.policies.map(\.accumulated)) == [])
      #expect(try golden.departures("x", outputs) == [])
    }
  }

  @Test func aThresholdOfZeroComputesEveryStep() throws {
    let negative = TeaCache(ChangePolynomial([-1]), threshold: 0)
    let run = try PolicyRun(negative, steps: 5, probe: { [1 + Double($0)] })
    #expect(run.full == [1, 1, 1, 1, 1])
  }

  @Test func aProbeThatIsNotFiniteIsComputed() throws {
    let policy = TeaCache(.flux, threshold: 100)
    let run = try PolicyRun(policy, steps: 5, probe: { [$0 == 2 ? .nan : 1] })
    #expect(run.decisions[2] == .full(.notFinite) && run.decisions[1] == .forecast(.low))
  }

  @Test func aFitFindsThePolynomialOfItsPairs() throws {
    let pairs = (0..<40).map { index in
      let probe = 0.02 + 0.005 * Double(index)
      return ChangePolynomial.Pair(probe: probe, output: ChangePolynomial.flux.value(at: probe))
    }
    let fit = try ChangePolynomial.fitted(to: pairs)
    #expect(fit.range == 0.02...0.215)
    for (found, expected) in zip(fit.coefficients, ChangePolynomial.flux.coefficients) {
      #expect(abs(found - expected) <= 1e-8 * abs(expected))
    }
  }

  /// The normal equations: what is left is orthogonal to every power.
  @Test func aFitLeavesNothingThatAPolynomialCouldExplain() throws {
    let pairs = (0..<30).map { index in
      ChangePolynomial.Pair(
        probe: 0.01 * Double(index + 1), output: 0.3 + 0.1 * Double((index * 7) % 11))
    }
    let fit = try ChangePolynomial.fitted(to: pairs)
    for power in 0...4 {
      let rest = pairs.reduce(0) { total, pair in
        let left = pair.output - ChangePolynomial(fit.coefficients).value(at: pair.probe)
        return total + left * (0..<power).reduce(1) { product, _ in product * pair.probe }
      }
      #expect(abs(rest) < 1e-11)
    }
  }

  @Test func aFittedPolynomialIsClippedAndAPublishedOneIsNot() {
    let clipped = ChangePolynomial([1, -0.5], range: 0.25...1)
    #expect(clipped.value(at: 5) == 0.5 && clipped.value(at: 0) == 0)
    let published = ChangePolynomial([1, -0.5])
    #expect(published.value(at: 5) == 4.5 && published.value(at: 0) == -0.5)
  }

  @Test func tooFewOrDamagedPairsAreRefused() {
    let pairs = (0..<8).map { ChangePolynomial.Pair(probe: Double($0 / 2), output: 1) }
    #expect(throws: PeregrineError.self) { try ChangePolynomial.fitted(to: pairs) }
    let damaged = (0..<8).map { ChangePolynomial.Pair(probe: Double($0), output: .nan) }
    #expect(throws: PeregrineError.self) { try ChangePolynomial.fitted(to: damaged) }
  }
}
