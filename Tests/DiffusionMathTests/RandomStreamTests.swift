import Foundation
import Testing

@testable import DiffusionMath

@Suite struct RandomStreamTests {
  /// The known answers of the Random123 distribution for philox4x32-10.
  @Test(arguments: [
    (
      SIMD4<UInt32>(repeating: 0), SIMD2<UInt32>(repeating: 0),
      SIMD4<UInt32>(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)
    ),
    (
      SIMD4(repeating: UInt32.max), SIMD2(repeating: UInt32.max),
      SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)
    ),
    (
      SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344), SIMD2(0xa409_3822, 0x299f_31d0),
      SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)
    ),
  ])
  func philoxGivesTheKnownAnswers(
    counter: SIMD4<UInt32>, key: SIMD2<UInt32>, answer: SIMD4<UInt32>
  ) {
    #expect(RandomStream.philox(counter: counter, key: key) == answer)
  }

  /// Runs made with an older version must be repeatable with this one.
  @Test func theNumbersOfASeedNeverChange() {
    var stream = RandomStream(seed: 7, purpose: "sampling/noise/initial", index: 5)
    let pinned: [UInt32] = [
      2_305_521_713, 1_092_853_215, 2_202_543_804, 2_574_922_853, 3_908_500_121,
    ]
    #expect(pinned.indices.map { _ in stream.next32() } == pinned)
  }

  @Test func aStreamIsAFunctionOfSeedPurposeAndIndex() {
    var base = RandomStream(seed: 1, purpose: "a", index: 2)
    var again = RandomStream(seed: 1, purpose: "a", index: 2)
    let numbers = (0..<64).map { _ in base.next() }
    #expect(numbers == (0..<64).map { _ in again.next() })
    for var other in [
      RandomStream(seed: 2, purpose: "a", index: 2), RandomStream(seed: 1, purpose: "b", index: 2),
      RandomStream(seed: 1, purpose: "a", index: 3),
      RandomStream(seed: 1, purpose: "a", index: 2 | 1 << 32),
    ] {
      let others = Set((0..<64).map { _ in other.next() })
      #expect(others.isDisjoint(with: numbers))
    }
  }

  @Test func streamsOfOtherIndicesAndPurposesAreUncorrelated() {
    let count = 20_000
    func uniforms(_ purpose: String, _ index: UInt64) -> [Double] {
      var stream = RandomStream(seed: 3, purpose: purpose, index: index)
      return stream.uniforms(count).map { $0 - 0.5 }
    }
    let base = uniforms("noise", 0)
    for other in [uniforms("noise", 1), uniforms("noise", 1 << 40), uniforms("time", 0)] {
      let correlation = 12 * zip(base, other).reduce(0) { $0 + $1.0 * $1.1 } / Double(count)
      #expect(abs(correlation) < 4 / Double(count).squareRoot())
    }
  }

  @Test func uniformsHaveTheirMomentsAndRange() {
    var stream = RandomStream(seed: 11, purpose: "uniform")
    let values = stream.uniforms(100_000)
    #expect(values.allSatisfy { 0 <= $0 && $0 < 1 })
    for power in 1...4 {
      let moment = values.reduce(0) { $0 + pow($1, Double(power)) } / Double(values.count)
      #expect(abs(moment - 1 / Double(power + 1)) < 0.004, "moment \(power)")
    }
  }

  @Test func normalsHaveTheirMomentsAndTails() {
    var stream = RandomStream(seed: 12, purpose: "normal")
    let values = stream.normals(200_000).map(Double.init)
    let expected = [0.0, 1, 0, 3, 0, 15]
    let tolerances = [0.01, 0.015, 0.03, 0.08, 0.3, 0.9]
    for power in 1...6 {
      let moment = values.reduce(0) { $0 + pow($1, Double(power)) } / Double(values.count)
      #expect(abs(moment - expected[power - 1]) < tolerances[power - 1], "moment \(power)")
    }
    let outside = Double(values.filter { abs($0) > 3 }.count) / Double(values.count)
    #expect(abs(outside - 0.0027) < 0.0005)
    #expect(values.allSatisfy { $0.isFinite })
  }

  @Test func normalsDoNotDependOnHowManyAreDrawn() {
    var (five, six, none) = (
      RandomStream(seed: 4, purpose: "n"), RandomStream(seed: 4, purpose: "n"),
      RandomStream(seed: 4, purpose: "n")
    )
    #expect(five.normals(5) == Array(six.normals(6).prefix(5)))
    #expect(none.normals(0).isEmpty)
  }

  @Test(arguments: [1, 2, 7, 1_000]) func integersAreUnbiased(bound: Int) {
    var stream = RandomStream(seed: 13, purpose: "integer", index: UInt64(bound))
    var counts = [Int](repeating: 0, count: bound)
    let draws = 100 * bound
    for _ in 0..<draws { counts[stream.integer(below: bound)] += 1 }
    let statistic = counts.reduce(0.0) { $0 + pow(Double($1) - 100, 2) / 100 }
    let freedom = Double(bound - 1)
    // Four standard deviations above the mean of the chi-square law.
    #expect(statistic <= freedom + 4 * (2 * freedom).squareRoot())
  }

  @Test func allPermutationsAreEquallyLikely() {
    var stream = RandomStream(seed: 14, purpose: "permutation")
    var counts: [[Int]: Int] = [:]
    for _ in 0..<12_000 { counts[stream.permutation(4), default: 0] += 1 }
    #expect(counts.count == 24)
    let statistic = counts.values.reduce(0.0) { $0 + pow(Double($1) - 500, 2) / 500 }
    #expect(statistic < 49.7)  // the 0.999 quantile at 23 degrees of freedom
  }

  @Test(arguments: [0, 1, 2, 257]) func aPermutationHoldsEveryNumberOnce(count: Int) {
    var stream = RandomStream(seed: 15, purpose: "permutation", index: UInt64(count))
    #expect(stream.permutation(count).sorted() == Array(0..<count))
  }
}
