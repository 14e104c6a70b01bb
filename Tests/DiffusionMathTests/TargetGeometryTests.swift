import DiffusionMath
import Foundation
import Testing

/// What a network of little capacity can learn of Gaussian data, by what it predicts.
///
/// Data has variance `variance` along a direction, noise has 1; times are those of JiT and JLT, where
/// 1 is data. Predictions are linear functions of the noisy state.
/// - Source: JiT, arXiv 2511.13720, section 3; the sums are in closed form.
@Suite struct TargetGeometryTests {
  /// One direction of Gaussian data at one time of the reversed clock.
  private struct Direction {
    let variance, time: Double
    /// The weights of data and noise in the state, by our clock.
    private var path: DiffusionPath.Coefficients {
      DiffusionPath.linear.coefficients(at: ReversedClock.time(time))
    }
    /// The variance of the noisy state.
    var state: Double { path.data * path.data * variance + path.noise * path.noise }
    /// The linear prediction of a quantity `data·x + noise·ε` with the least error: its factor, and
    /// the variance that is left.
    private func best(data: Double, noise: Double) -> (gain: Double, left: Double) {
      let covariance = data * path.data * variance + noise * path.noise
      return (
        covariance / state, data * data * variance + noise * noise - covariance * covariance / state
      )
    }
    var clean: (gain: Double, left: Double) { best(data: 1, noise: 0) }
    var noise: (gain: Double, left: Double) { best(data: 0, noise: 1) }
    /// By JiT's clock, from noise to data.
    var velocity: (gain: Double, left: Double) {
      best(data: ReversedClock.rate * path.dataRate, noise: ReversedClock.rate * path.noiseRate)
    }
  }

  @Test(arguments: [
    (4, 0.5, [1.25, 1.6, 0.4, 1.2, 0.8, 3.2]),
    (1, 0.5, [0.5, 1, 1, 0, 0.5, 2]),
    (0.01, 0.5, [0.2525, 0.019802, 1.980198, -1.960396, 0.009901, 0.039604]),
    (0.01, 0.9, [0.0181, 0.497238, 5.524862, -5.027624, 0.005525, 0.552486]),
  ]) func theBestLinearPredictionsAreAsTabulated(variance: Double, time: Double, row: [Double]) {
    let direction = Direction(variance: variance, time: time)
    let found = [
      direction.state, direction.clean.gain, direction.noise.gain, direction.velocity.gain,
      direction.clean.left, direction.velocity.left,
    ]
    for (value, expected) in zip(found, row) { #expect(abs(value - expected) < 6e-7) }
    // Reading the velocity out of the clean prediction is exact: gain and error follow from it.
    let read = DiffusionPath.linear.conversion(
      from: .clean, to: .velocity, at: ReversedClock.time(time))
    let gain = ReversedClock.rate * (read.state + read.output * direction.clean.gain)
    #expect(abs(gain - direction.velocity.gain) < 1e-12)
    let left = read.output * read.output * direction.clean.left
    #expect(abs(left - direction.velocity.left) < 1e-12)
  }

  /// The velocity tells nothing of the state where the variance is (1 − t)/t.
  @Test(arguments: [0.1, 0.31, 0.5, 0.9]) func theVelocityHasABlindSpot(time: Double) {
    #expect(abs(Direction(variance: (1 - time) / time, time: time).velocity.gain) < 1e-12)
  }

  /// A diagonal predictor that may use `rank` of 16 directions, two of them strong: its velocity loss
  /// above that of the best predictor. Clean prediction wants the strong ones, velocity all.
  @Test(arguments: [
    (0.31, 9.5904, [0.000592, 12.5715, 0.000508, 10.5935]),
    (0.50, 6.9545, [0.005545, 13.5855, 0.004752, 11.6448]),
    (0.90, 10.1963, [6.2652, 6.4052, 5.3702, 5.4902]),
  ]) func littleCapacityIsEnoughForCleanPredictions(
    time: Double, irreducible: Double, excess: [Double]
  ) {
    let directions = ([4, 4] + [Double](repeating: 0.01, count: 14))
      .map { Direction(variance: $0, time: time) }
    let least = directions.map(\.velocity.left).reduce(0, +)
    #expect(abs(least - irreducible) < 5e-5)
    let slope = DiffusionPath.linear.conversion(
      from: .clean, to: .velocity, at: ReversedClock.time(time)
    ).output
    // What each direction's share of the prediction is worth in velocity loss.
    let clean = directions.map { pow(slope * $0.clean.gain, 2) * $0.state }
    let velocity = directions.map { pow($0.velocity.gain, 2) * $0.state }
    func lost(_ worth: [Double], rank: Int) -> Double {
      worth.sorted(by: >).dropFirst(rank).reduce(0, +)
    }
    let found = [
      lost(clean, rank: 2), lost(velocity, rank: 2), lost(clean, rank: 4), lost(velocity, rank: 4),
    ]
    for (value, expected) in zip(found, excess) {
      #expect(abs(value - expected) < max(5e-5 * expected, 5e-7), "\(value) for \(expected)")
    }
    #expect(lost(clean, rank: 16) == 0 && lost(velocity, rank: 16) == 0)
  }

  /// Noise adds a floor of 1 to every direction of the velocity: its spectrum is flatter.
  @Test func theVelocitySpectrumIsFlatter() {
    func effectiveRank(_ spectrum: [Double]) -> Double {
      let sum = spectrum.reduce(0, +)
      return exp(-spectrum.map { $0 / sum * log($0 / sum) }.reduce(0, +))
    }
    let data = [4, 1, 0.25, 0.01]
    let velocity = data.map { $0 + 1 }
    #expect(abs(data[0] / data[3] - 400) < 1e-9)
    #expect(abs(velocity[0] / velocity[3] - 4.950) < 5e-4)
    #expect(abs(effectiveRank(data) - 1.975) < 5e-4)
    #expect(abs(effectiveRank(velocity) - 3.241) < 5e-4)
  }

  /// With a floor the sampler does not land on the data, however good the network: a perfect one
  /// leaves `share · (noise − data)`.
  @Test(arguments: [
    (10, 0, 0), (20, 0, 0), (25, 0.008800, 0.008000), (50, 0.017136, 0.014400),
    (100, 0.018085, 0.016384), (250, 0.018366, 0.017648),
  ]) func theFlooredSamplerStopsShortOfTheData(steps: Int, heun: Double, euler: Double) throws {
    let (data, noise) = (0.7, -1.3)
    let velocity: Solvers.Velocity<Double> = { state, t, _ in
      let read = DiffusionPath.linear.conversion(from: .clean, to: .velocity, at: t, floor: 0.05)
      return read.state * state + read.output * data
    }
    let grid = TimeGrid.uniform(steps: steps)
    for (end, share) in [
      (try Solvers.heun(noise, grid, velocity), heun),
      (try Solvers.euler(noise, grid, velocity), euler),
    ] {
      #expect(abs((end - data) / (noise - data) - share) < 6e-7)
    }
  }
}
