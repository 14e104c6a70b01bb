import DiffusionMath
import Foundation
import Testing

/// The table of JiT's training times: the expected weight 1/t² that the velocity loss puts on a clean
/// prediction, in our clock, where JiT's mean of −0.8 is +0.8.
@Suite struct TimeDistributionTests {
  private func draws(_ distribution: TimeDistribution) -> [Double] {
    var stream = RandomStream(seed: 21, purpose: "times")
    return (0..<200_000).map { _ in distribution.draw(&stream) }
  }

  private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  @Test(arguments: [
    (0.8, 0.8, 1 - 0.310, 2.964, 1.4e-6), (0.0, 1.0, 0.5, 10.97, 1.6e-3),
  ])
  func logitNormalTimesHaveTheTabulatedLaw(
    location: Double, deviation: Double, median: Double, weight: Double, tail: Double
  ) {
    let times = draws(.logitNormal(mean: location, standardDeviation: deviation))
    #expect(times.allSatisfy { 0 < $0 && $0 < 1 })
    #expect(abs(times.sorted()[times.count / 2] - median) < 0.003)
    let weights = times.map { 1 / pow(max($0, 0.05), 2) }
    #expect(abs(mean(weights) / weight - 1) < 0.03)
    let share = Double(times.filter { $0 < 0.05 }.count) / Double(times.count)
    #expect(abs(share - tail) < 3e-4)
  }

  @Test func uniformTimesHaveTheTabulatedLaw() {
    let times = draws(.uniform)
    #expect(abs(mean(times) - 0.5) < 0.003)
    #expect(abs(mean(times.map { $0 * $0 }) - 1.0 / 3) < 0.003)
    #expect(abs(mean(times.map { 1 / pow(max($0, 0.05), 2) }) / 39 - 1) < 0.02)
  }
}
