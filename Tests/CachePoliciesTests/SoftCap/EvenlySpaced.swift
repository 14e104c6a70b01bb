import CachePolicies

/// Full steps at even distances after a warm-up.
struct EvenlySpaced: CachePolicy {
  var warmUp = 3
  var interval: Int
  private var run = 0

  init(interval: Int) { self.interval = interval }

  mutating func decide(_ step: Int, _ reading: CacheReading) -> CacheDecision {
    let isFull = step < warmUp || run == interval - 1
    run = isFull ? 0 : run + 1
    return isFull ? .full(.schedule) : .forecast(.schedule)
  }
}
