import Diagnostics
import Testing

@Suite struct BoundsTests {
  @Test func numbersWithin() {
    let bounds = Bounds(1...16_384)
    #expect([1, 16_384].allSatisfy(bounds.contains))
    #expect(![0, 16_385, -1, .max, .min].contains(where: bounds.contains))
    #expect(bounds.words == "1 to 16,384")
    #expect(bounds.from(0).contains(0) && bounds.from(0).words == "0 to 16,384")
    #expect(Bounds(-1_000_000...7).words == "-1,000,000 to 7")
  }

  @Test func realNumbersWithin() {
    let unit = Bounds<Double>.unit
    #expect(unit.contains(0) && unit.contains(1))
    #expect(![.nan, .infinity, -0.1, 1.1].contains(where: unit.contains))
    #expect(!unit.above.contains(0) && unit.above.contains(1e-300))
    #expect(unit.above.words == "above 0, at most 1")
    #expect(
      ![Double.nan, .infinity, -Double.infinity].contains(where: Bounds<Double>.finite.contains))
  }

  @Test func aFlawNamesThePlace() {
    let flaw = #expect(throws: RecordFlaw.self) { try Bounds<Int>.images.check(-1, "images") }
    #expect(
      flaw?.inside("progress").description
        == "`progress.images`: -1; expected 0 to 1,000,000,000,000")
  }

  @Test func sumsAndProductsThatDoNotFit() {
    #expect([1, 2, 3].checkedSum == 6 && [2, 3, 4].checkedProduct == 24)
    #expect([Int.max, 1].checkedSum == nil && [Int.max, 2].checkedProduct == nil)
    #expect([Int]().checkedSum == 0 && [Int]().checkedProduct == 1)
  }
}
