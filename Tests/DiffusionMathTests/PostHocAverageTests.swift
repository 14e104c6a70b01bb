import Diagnostics
import DiffusionMath
import Foundation
import Testing

@Suite struct PostHocAverageTests {
  /// Relative deviations and their exponents, by the formula of EDM2 (arXiv 2312.02696).
  @Test(arguments: [(0.05, 16.9722), (0.10, 6.9372), (0.13, 4.6036), (0.20, 1.8262)])
  func powersAndDeviationsBelongTogether(deviation: Double, exponent: Double) throws {
    let average = try PowerFunctionAverage(relativeDeviation: deviation)
    #expect(abs(average.exponent - exponent) < 5e-5)
    #expect(abs(average.relativeDeviation - deviation) < 1e-12)
  }

  @Test func manyDeviationsComeBack() throws {
    for step in 1..<288 {
      let deviation = Double(step) / 1_000
      let average = try PowerFunctionAverage(relativeDeviation: deviation)
      #expect(average.exponent > 0)
      #expect(abs(average.relativeDeviation - deviation) < 1e-9)
    }
  }

  @Test(arguments: [0, -0.1, 0.2887, 0.5, .nan]) func otherDeviationsAreRefused(deviation: Double) {
    let error = #expect(throws: PeregrineError.self) {
      try PowerFunctionAverage(relativeDeviation: deviation)
    }
    #expect(error?.code == .usage)
  }

  /// Step by step the average weighs the past by the power function: its mean is (γ+1)/(γ+2) of the
  /// way, its deviation the asked-for one.
  @Test(arguments: [0.05, 0.10, 0.20]) func theDecaysAddUpToTheProfile(deviation: Double) throws {
    let average = try PowerFunctionAverage(relativeDeviation: deviation)
    let (batch, steps) = (64, 20_000)
    #expect(average.decay(images: batch, batch: batch) == 0)
    // The averages of progress and of its square.
    var (mean, square) = (0.0, 0.0)
    for step in 1...steps {
      let decay = average.decay(images: step * batch, batch: batch)
      let progress = Double(step) / Double(steps)
      mean = decay * mean + (1 - decay) * progress
      square = decay * square + (1 - decay) * progress * progress
    }
    #expect(abs(mean - (average.exponent + 1) / (average.exponent + 2)) < 2e-4)
    #expect(abs((square - mean * mean).squareRoot() - deviation) < 2e-4)
  }

  private func snapshots(_ deviations: [Double], count: Int) throws -> [PostHocAverage.Snapshot] {
    try deviations.flatMap { deviation in
      let average = try PowerFunctionAverage(relativeDeviation: deviation)
      return (1...count).map { PostHocAverage.Snapshot(images: 8_000 * $0, average: average) }
    }
  }

  @Test func aSnapshotIsItsOwnReconstruction() throws {
    let snapshots = try snapshots([0.05, 0.10], count: 8)
    for (index, target) in snapshots.enumerated() {
      let factors = try PostHocAverage.factors(snapshots, for: target)
      for (other, factor) in factors.enumerated() {
        #expect(abs(factor - (other == index ? 1 : 0)) < 1e-12, "\(index) \(other)")
      }
    }
  }

  /// Averages of a random walk, kept at two widths, give the averages at other widths and times.
  @Test(arguments: [(0.07, 32), (0.15, 32), (0.04, 32), (0.10, 29)])
  func anotherAverageIsFoundAgain(deviation: Double, place: Int) throws {
    let snapshots = try snapshots([0.05, 0.10], count: 32)
    let target = PostHocAverage.Snapshot(
      images: 8_000 * place, average: try PowerFunctionAverage(relativeDeviation: deviation))
    let factors = try PostHocAverage.factors(snapshots, for: target)
    #expect(abs(factors.reduce(0, +) - 1) < 1e-12)

    let batch = 80
    var stream = RandomStream(seed: 4, purpose: "walk")
    var weight = 0.0
    var running = [PowerFunctionAverage: Double]()
    var kept = [PostHocAverage.Snapshot: Double]()
    let averages = Set((snapshots + [target]).map(\.average))
    for step in 1...32 * 100 {
      weight += Double(stream.normals(1)[0])
      for average in averages {
        let decay = average.decay(images: step * batch, batch: batch)
        let value = decay * running[average, default: 0] + (1 - decay) * weight
        running[average] = value
        if step % 100 == 0 { kept[.init(images: step * batch, average: average)] = value }
      }
    }
    let found = zip(snapshots, factors).reduce(0) { $0 + (kept[$1.0] ?? .nan) * $1.1 }
    let exact = try #require(kept[target])
    let plain = try #require(kept[snapshots[31]])
    print("post-hoc \(deviation) at \(place): \(found) for \(exact), error \(found - exact)")
    #expect(abs(found - exact) < 0.02)
    #expect(abs(plain - exact) > 0.2)
  }

  @Test func snapshotsThatSayNothingAreRefused() throws {
    let one = try snapshots([0.05], count: 1)
    for (given, target) in [([], one[0]), (one + one, one[0])]
      as [([PostHocAverage.Snapshot], PostHocAverage.Snapshot)]
    {
      let error = #expect(throws: PeregrineError.self) {
        try PostHocAverage.factors(given, for: target)
      }
      #expect(error?.code == .usage)
    }
  }
}
