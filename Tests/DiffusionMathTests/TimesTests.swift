import DiffusionMath
import Foundation
import Testing

/// Numbers of the SR-DiT reference: shift √2, and the stochastic solver's grids under it.
@Suite struct TimesTests {
  private let shift = TimeShift(factor: 2.0.squareRoot())

  @Test(arguments: [
    (0.04, 0.05564656), (0.1, 0.13579648), (0.25, 0.32037724), (0.5, 0.58578644),
    (0.75, 0.80925643), (0.9, 0.92715576),
  ])
  func shiftedTimesAreThePublishedOnes(r: Double, t: Double) {
    #expect(abs(shift(r) - t) < 5e-9)
  }

  @Test func theShiftFollowsFromTheNumberOfValues() {
    #expect(TimeShift(valueCount: 32 * 16 * 16) == shift)
    #expect(abs(TimeShift(valueCount: 32 * 32 * 32).factor - 2.82842712) < 5e-9)
    #expect(TimeShift(valueCount: 4_096) == .none)
  }

  @Test func noShiftChangesNothingAndAllShiftsKeepTheEnds() {
    for r in [0, 0.04, 0.3, 0.77, 1] { #expect(TimeShift.none(r) == r) }
    for factor in [0.2, 1.5, 40] {
      #expect(TimeShift(factor: factor)(0) == 0)
      #expect(TimeShift(factor: factor)(1) == 1)
    }
  }

  @Test func timesOutsideTheClockAreClamped() {
    #expect(shift(-0.1) == 0)
    #expect(shift(1.1) == 1)
  }

  @Test func theStochasticGridOf250StepsIsThePublishedOne() {
    let times = TimeGrid.stochastic(steps: 250, shift: shift).times
    #expect(times.count == 251)
    let published = [
      0: 1, 1: 0.99727072, 2: 0.99453527, 248: 0.06091439, 249: 0.05564656, 250: 0,
    ]
    for (index, time) in published { #expect(abs(times[index] - time) < 5e-9, "t\(index)") }
  }

  @Test func theStochasticGridOf5StepsIsThePublishedOne() {
    let published = [1, 0.81746305, 0.60506538, 0.35482703, 0.05564656, 0]
    let times = TimeGrid.stochastic(steps: 5, shift: shift).times
    #expect(times.count == published.count)
    for (time, expected) in zip(times, published) { #expect(abs(time - expected) < 5e-9) }
  }

  @Test(arguments: [1, 2, 7, 50]) func everyGridDescendsFromOneToZero(steps: Int) {
    for grid in [
      TimeGrid.uniform(steps: steps), .uniform(steps: steps, shift: shift),
      .stochastic(steps: steps), .stochastic(steps: steps, shift: shift),
    ] {
      #expect(grid.stepCount == steps)
      #expect(grid.times.first == 1)
      #expect(grid.times.last == 0)
      #expect(zip(grid.times, grid.times.dropFirst()).allSatisfy { $0 > $1 })
    }
  }

  @Test func theUniformGridHasEqualSteps() {
    #expect(TimeGrid.uniform(steps: 4).times == [1, 0.75, 0.5, 0.25, 0])
    #expect(TimeGrid.stochastic(steps: 1).times == [1, 0])
  }
}
