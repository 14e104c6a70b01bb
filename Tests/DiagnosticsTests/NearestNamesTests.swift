import Testing

@testable import Diagnostics

@Suite struct NearestNamesTests {
  private let keys = ["learning_rate", "steps", "batch_size", "ema_decay", "seed"]

  @Test(arguments: [
    ("learning_rte", "learning_rate"), ("stesp", "steps"), ("batchsize", "batch_size"),
    ("decay", "ema_decay"), ("seeds", "seed"),
  ])
  func aSlipFindsItsName(typed: String, meant: String) {
    #expect(nearestNames(to: typed, among: keys).first == meant)
  }

  @Test func nothingIsSuggestedForAStranger() {
    #expect(nearestNames(to: "xylophone", among: keys).isEmpty)
    #expect(nearestNames(to: "x", among: []).isEmpty)
  }

  @Test func theNearestComesFirstAndTheListIsShort() {
    let names = ["cat", "cut", "bat", "cart", "dog"]
    #expect(nearestNames(to: "cat", among: names) == ["cat", "bat", "cart"])
    #expect(nearestNames(to: "cat", among: names, most: 1) == ["cat"])
  }

  @Test(arguments: [
    ("", "", 0), ("", "abc", 3), ("abc", "", 3), ("kitten", "sitting", 3), ("flaw", "lawn", 2),
    ("intention", "execution", 5),
  ])
  func distancesAreLevenshteins(first: String, second: String, distance: Int) {
    #expect(editDistance(first, second) == distance)
    #expect(editDistance(second, first) == distance)
  }
}
