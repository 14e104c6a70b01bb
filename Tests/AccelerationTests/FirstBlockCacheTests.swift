import Acceleration
import Testing

@Suite struct FirstBlockCacheTests {
  private let slot = CacheSlot(index: 3, time: 0.5, pictures: [0, 1, 2, 3])

  @Test func reusesStrictlyBelowTheThreshold() {
    let policy = FirstBlockCache(threshold: 0.1)
    let drifts: [Drift] = [.relative(0.0999), .relative(0.1), .unknown, .relative(.nan)]
    #expect(policy.decide(slot, drifts) == [.reuse, .compute, .compute, .compute])
  }

  @Test(arguments: [0, -1.0]) func aThresholdOfZeroOrLessAlwaysComputes(threshold: Double) {
    let policy = FirstBlockCache(threshold: threshold)
    let decisions = policy.decide(slot, [.relative(0), .relative(1), .unknown, .relative(0.01)])
    #expect(decisions.allSatisfy { $0 == .compute })
  }

  @Test func cachesEverythingAfterTheFirstBlock() {
    #expect(FirstBlockCache(threshold: 1).site == .tail(after: 0))
  }
}
