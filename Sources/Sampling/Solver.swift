import DiffusionMath

/// A numerical method that integrates from noise to data.
public enum Solver: String, CaseIterable, Codable, Sendable {
  /// One evaluation per step, deterministic.
  case euler
  /// Two evaluations per step, but one in the last step; deterministic.
  case heun
  /// One evaluation per step, with new noise in each step.
  case eulerMaruyama = "euler-maruyama"

  /// The times at which the method evaluates the velocity.
  public func grid(steps: Int, shift: TimeShift) -> TimeGrid {
    self == .eulerMaruyama
      ? .stochastic(steps: steps, shift: shift) : .uniform(steps: steps, shift: shift)
  }

  /// The step of an evaluation, and which of the step's evaluations it is.
  func place(ofEvaluation index: Int) -> (step: Int, stage: Int) {
    self == .heun ? (index / 2, index % 2) : (index, 0)
  }

  /// Integrates from noise to data on a time grid.
  ///
  /// - Parameters:
  ///   - noise: the new noise of step `k`; only used by the stochastic method.
  ///   - velocity: the velocity field; gets the state, the time and the number of the evaluation.
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
