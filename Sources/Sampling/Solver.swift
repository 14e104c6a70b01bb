import DiffusionMath

/// A numerical method for the way from noise to data.
public enum Solver: String, CaseIterable, Codable, Sendable {
  /// One evaluation per step, deterministic.
  case euler
  /// Two evaluations per step, one at the last; deterministic.
  case heun
  /// One evaluation per step, with fresh noise.
  case eulerMaruyama = "euler-maruyama"

  /// The times that the method visits.
  public func grid(steps: Int, shift: TimeShift) -> TimeGrid {
    self == .eulerMaruyama
      ? .stochastic(steps: steps, shift: shift) : .uniform(steps: steps, shift: shift)
  }

  /// Goes from noise to data along a grid of times.
  ///
  /// - Parameters:
  ///   - noise: fresh noise of step `k`; only the stochastic method asks for it.
  ///   - velocity: the velocity field; gets state, time and number of the evaluation.
  func solve<State: SolverState>(
    _ start: State, _ grid: TimeGrid, path: DiffusionPath, noise: (Int) throws -> State,
    _ velocity: Solvers.Velocity<State>
  ) throws -> State {
    switch self {
    case .euler: try Solvers.euler(start, grid, velocity)
    case .heun: try Solvers.heun(start, grid, velocity)
    case .eulerMaruyama:
      try Solvers.eulerMaruyama(start, grid, path: path, noise: noise, velocity)
    }
  }
}
