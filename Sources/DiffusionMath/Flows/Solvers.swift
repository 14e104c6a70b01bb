/// What solvers need of a state: sums and multiples. Tensors and plain numbers conform.
public protocol SolverState {
  /// `self + factor · other`.
  func adding(_ factor: Double, _ other: Self) throws -> Self
}

/// The deterministic and stochastic solvers of the sampling equations.
///
/// They are free functions over plain values: a state, a grid of times, and the velocity as a
/// function of both. The velocity function also gets the number of the evaluation, counted from 0,
/// for policies and logs.
public enum Solvers {
  /// The velocity field as a function of state, time and number of the evaluation.
  public typealias Velocity<State> = (State, Double, Int) throws -> State

  /// Euler's method: `x ← x + δ·v(x, t)`, one evaluation per step.
  public static func euler<State: SolverState>(
    _ start: State, _ grid: TimeGrid, _ velocity: Velocity<State>
  ) throws -> State {
    var x = start
    for step in 0..<grid.stepCount {
      let (t, next) = (grid.times[step], grid.times[step + 1])
      x = try x.adding(next - t, velocity(x, t, step))
    }
    return x
  }

  /// Heun's method, with Euler on the last interval: `2·N − 1` evaluations for `N` steps.
  ///
  /// - Source: REPA's `euler_sampler(heun=True)`; JiT's sampler.
  public static func heun<State: SolverState>(
    _ start: State, _ grid: TimeGrid, _ velocity: Velocity<State>
  ) throws -> State {
    var x = start
    var evaluations = 0
    for step in 0..<grid.stepCount {
      let (t, next) = (grid.times[step], grid.times[step + 1])
      let first = try velocity(x, t, evaluations)
      evaluations += 1
      let predicted = try x.adding(next - t, first)
      if step == grid.stepCount - 1 {
        x = predicted
      } else {
        let second = try velocity(predicted, next, evaluations)
        evaluations += 1
        x = try x.adding((next - t) / 2, first).adding((next - t) / 2, second)
      }
    }
    return x
  }

  /// The Euler-Maruyama method for the reverse-time stochastic equation with diffusion `w(t) =
  /// 2σ(t)`.
  ///
  /// `x ← x + δ·d + √(2σ·|δ|)·ξ` with drift `d = v − σ·score = v + noise prediction`, which for the
  /// linear path is `(2 − t)·v + x`. The last step, to `t = 0`, adds no noise.
  /// - Parameter noise: fresh standard normal noise for step `k`, of the state's shape.
  /// - Source: SiT, arXiv 2401.08740, eq. (6); SR-DiT's sampler.
  public static func eulerMaruyama<State: SolverState>(
    _ start: State, _ grid: TimeGrid, path: DiffusionPath,
    noise: (Int) throws -> State, _ velocity: Velocity<State>
  ) throws -> State {
    var x = start
    for step in 0..<grid.stepCount {
      let (t, next) = (grid.times[step], grid.times[step + 1])
      let delta = next - t
      let v = try velocity(x, t, step)
      let toNoise = path.conversion(from: .velocity, to: .noise, at: t)
      // x + δ·(v + noise prediction), with the terms in x and v collected.
      var moved = try x.adding(delta * toNoise.state, x).adding(delta * (1 + toNoise.output), v)
      if step < grid.stepCount - 1 {
        let diffusion = 2 * path.coefficients(at: t).noise
        moved = try moved.adding((diffusion * abs(delta)).squareRoot(), noise(step))
      }
      x = moved
    }
    return x
  }
}

extension Double: SolverState {
  /// `self + factor · other`.
  public func adding(_ factor: Double, _ other: Double) -> Double { self + factor * other }
}
