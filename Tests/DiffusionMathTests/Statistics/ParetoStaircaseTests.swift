import DiffusionMath
import Foundation
import Testing

@Suite struct ParetoStaircaseTests {
  private func point(_ cost: Double, _ value: Double) -> ParetoStaircase.Point {
    ParetoStaircase.Point(cost: cost, value: value)
  }

  @Test func onlyUndominatedRunsAreCorners() {
    let points = [point(3, 2), point(1, 5), point(2, 5), point(4, 1), point(3, 4), point(1, 6)]
    let staircase = ParetoStaircase(points)
    #expect(staircase.corners == [point(1, 5), point(3, 2), point(4, 1)])
    for other in points where !staircase.corners.contains(other) {
      #expect(staircase.corners.contains { $0.dominates(other) })
    }
    #expect(staircase.value(at: 0.5) == .infinity)
    #expect(staircase.value(at: 3.5) == 2)
    #expect(!point(1, 1).dominates(point(1, 1)))
  }

  @Test func attainmentCountsStaircases() {
    let staircases = (1...4).map { ParetoStaircase([point(Double($0), 5 - Double($0))]) }
    let costs: [Double] = [1, 2, 4]
    let half = AttainmentCurve(of: staircases, share: 0.5, at: costs)
    #expect(half.values == [.infinity, 4, 2])
    let all = AttainmentCurve(of: staircases, share: 1, at: costs)
    #expect(all.values == [.infinity, .infinity, 4])
  }

  @Test func theAdvantageIsTheMeanDistance() throws {
    let a = try LearningCurve(costs: [1, 2, 4, 8], values: [4, 3, 2, 1])
    let shifted = try LearningCurve(costs: [1, 2, 4, 8], values: [3.7, 2.7, 1.7, 0.7])
    #expect(abs(try #require(shifted.advantage(over: a)) - 0.3) < 1e-12)
    // Of curves that overlap in part, the part counts: the same line continued has no advantage.
    let later = try LearningCurve(costs: [4, 16], values: [2, 0])
    #expect(abs(try #require(later.advantage(over: a))) < 1e-12)
    let apart = try LearningCurve(costs: [16, 32], values: [2, 0])
    #expect(apart.advantage(over: a) == nil)
  }
}
