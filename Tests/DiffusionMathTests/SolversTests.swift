import DiffusionMath
import Foundation
import Testing

@Suite struct SolversTests {
  /// The end-point error of a perfect clean-data oracle read with JiT's floor of 0.05, as a multiple
  /// of (noise − data): the table of JiT's sampler.
  @Test(arguments: [
    (10, 0.0, 0.0), (20, 0, 0), (25, 0.008800, 0.008000), (50, 0.017136, 0.014400),
    (100, 0.018085, 0.016384), (250, 0.018366, 0.017648),
  ])
  func theFloorLeavesTheTabulatedNoise(steps: Int, heun: Double, euler: Double) throws {
    let (data, noise) = (0.7, -1.3)
    let velocity: Solvers.Velocity<Double> = { x, t, _ in
      let read = DiffusionPath.linear.conversion(from: .clean, to: .velocity, at: t, floor: 0.05)
      return read.state * x + read.output * data
    }
    let grid = TimeGrid.uniform(steps: steps)
    let remainder = { (end: Double) in (end - data) / (noise - data) }
    #expect(abs(remainder(try Solvers.heun(noise, grid, velocity)) - heun) < 6e-7)
    #expect(abs(remainder(try Solvers.euler(noise, grid, velocity)) - euler) < 6e-7)
  }

  @Test func eulerIsOfFirstAndHeunOfSecondOrder() throws {
    // x' = 1.7·x + t from t = 1 to 0, solved exactly by variation of constants.
    let rate = 1.7
    let particular = { (t: Double) in -t / rate - 1 / (rate * rate) }
    let exact = particular(0) + (0.9 - particular(1)) * exp(-rate)
    let velocity: Solvers.Velocity<Double> = { x, t, _ in rate * x + t }
    func error(_ solve: (TimeGrid) throws -> Double, _ steps: Int) throws -> Double {
      abs(try solve(.uniform(steps: steps)) - exact)
    }
    let euler = { try Solvers.euler(0.9, $0, velocity) }
    let heun = { try Solvers.heun(0.9, $0, velocity) }
    let eulerOrder = log2(try error(euler, 200) / error(euler, 400))
    let heunOrder = log2(try error(heun, 200) / error(heun, 400))
    #expect(abs(eulerOrder - 1) < 0.02)
    #expect(abs(heunOrder - 2) < 0.02)
  }

  @Test(arguments: [1, 2, 5]) func evaluationsAreCountedAndVisitTheGrid(steps: Int) throws {
    let grid = TimeGrid.uniform(steps: steps)
    var visits: [(Double, Int)] = []
    let record: Solvers.Velocity<Double> = { _, t, index in
      visits.append((t, index))
      return 1
    }
    _ = try Solvers.euler(0, grid, record)
    #expect(visits.map(\.0) == Array(grid.times.dropLast()))
    #expect(visits.map(\.1) == Array(0..<steps))
    visits = []
    _ = try Solvers.heun(0, grid, record)
    #expect(visits.map(\.1) == Array(0..<(2 * steps - 1)))
    #expect(visits.last?.0 == grid.times[steps - 1])
  }

  /// `(2 − t)·v + x` is the drift of the linear path, and noise enters with `√(2t·|δ|)`.
  @Test func eulerMaruyamaTakesSiTsStep() throws {
    let grid = TimeGrid.stochastic(steps: 6, shift: TimeShift(factor: 1.4))
    let velocity = { (x: Double, t: Double) in 0.3 * x - 2 * t + 0.5 }
    let noise = { (step: Int) in sin(Double(step) + 1) }
    var x = 1.1
    for step in 0..<6 {
      let (t, delta) = (grid.times[step], grid.times[step + 1] - grid.times[step])
      let drift = (2 - t) * velocity(x, t) + x
      x += delta * drift + (step < 5 ? (2 * t * abs(delta)).squareRoot() * noise(step) : 0)
    }
    let found = try Solvers.eulerMaruyama(1.1, grid, path: .linear, noise: noise) { x, t, _ in
      velocity(x, t)
    }
    #expect(abs(found - x) < 1e-12)
  }

  @Test func failuresOfTheNetworkComeThrough() {
    struct Stop: Error {}
    #expect(throws: Stop.self) {
      try Solvers.heun(1, .uniform(steps: 3)) { (x: Double, _, index) in
        if index == 2 { throw Stop() }
        return x
      }
    }
  }
}

/// For normal data the velocity is known, so the law of the states is known at every time.
@Suite struct GaussianMarginalsTests {
  private static let mean = 0.6
  private static let deviation = 0.5
  private static let count = 20_000

  /// Many independent scalars.
  private struct Cloud: SolverState {
    var values: [Double]
    func adding(_ factor: Double, _ other: Cloud) -> Cloud {
      Cloud(values: zip(values, other.values).map { $0 + factor * $1 })
    }
    var mean: Double { values.reduce(0, +) / Double(values.count) }
    var variance: Double {
      let center = mean
      return values.reduce(0) { $0 + ($1 - center) * ($1 - center) } / Double(values.count)
    }
  }

  private func noise(_ purpose: String) -> Cloud {
    var stream = RandomStream(seed: 5, purpose: purpose)
    return Cloud(values: stream.normals(Self.count).map(Double.init))
  }

  private func velocity(_ path: DiffusionPath, _ x: Double, _ t: Double) -> Double {
    let at = path.coefficients(at: t)
    let variance = Self.deviation * Self.deviation
    let total = at.data * at.data * variance + at.noise * at.noise
    let surprise = (x - at.data * Self.mean) / total
    return at.dataRate * (Self.mean + at.data * variance * surprise)
      + at.noiseRate * at.noise * surprise
  }

  @Test(arguments: DiffusionPath.allCases, [false, true])
  func theStatesFollowTheMarginals(path: DiffusionPath, stochastic: Bool) throws {
    var worst = (mean: 0.0, variance: 0.0)
    let compare = { (cloud: Cloud, t: Double) in
      let at = path.coefficients(at: t)
      let variance =
        at.data * at.data * Self.deviation * Self.deviation + at.noise * at.noise
      worst.mean = max(worst.mean, abs(cloud.mean - at.data * Self.mean))
      worst.variance = max(worst.variance, abs(cloud.variance / variance - 1))
    }
    let field: Solvers.Velocity<Cloud> = { cloud, t, _ in
      compare(cloud, t)
      return Cloud(values: cloud.values.map { velocity(path, $0, t) })
    }
    let end =
      if stochastic {
        try Solvers.eulerMaruyama(
          noise("start"), .stochastic(steps: 250), path: path, noise: { noise("step \($0)") },
          field)
      } else {
        try Solvers.heun(noise("start"), .uniform(steps: 50), field)
      }
    compare(end, 0)
    print("marginals \(path) \(stochastic ? "Euler-Maruyama" : "Heun"): \(worst)")
    // Standard errors are at most 0.007 and 0.01; the rest is the Euler-Maruyama step.
    #expect(worst.mean < 0.02)
    #expect(worst.variance < 0.05)
  }
}
