/// The times of a solver's steps, from noise to data.
public struct TimeGrid: Equatable, Sendable {
  /// The times in decreasing order; sampling starts at the first, the last is 0.
  public let times: [Double]

  /// The number of steps.
  public var stepCount: Int { times.count - 1 }

  /// Equal steps from 1 to 0, then shifted: the grid of the deterministic solvers.
  ///
  /// - Source: SiT and REPA: `linspace(1, 0, N + 1)`.
  public static func uniform(steps: Int, shift: TimeShift = .none) -> TimeGrid {
    TimeGrid(times: (0...steps).map { shift(1 - Double($0) / Double(steps)) })
  }

  /// Equal steps from 1 to 0.04 and one last step to 0, then shifted: the grid of the stochastic
  /// solvers.
  ///
  /// Near `t = 0` the score is unbounded, so the last 4 % is one step without noise.
  /// - Source: REPA and SR-DiT: `linspace(1, 0.04, N)` followed by 0.
  public static func stochastic(steps: Int, shift: TimeShift = .none) -> TimeGrid {
    let end = 0.04
    let inner = (0..<steps).map { index in
      steps == 1 ? 1 : 1 + (end - 1) * Double(index) / Double(steps - 1)
    }
    return TimeGrid(times: (inner + [0]).map { shift($0) })
  }
}
