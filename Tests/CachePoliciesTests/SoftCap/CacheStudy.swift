import CachePolicies
import DiffusionMath
import Foundation

/// Compares policies over many seeds of a ``MixtureFlow``.
struct CacheStudy {
  /// The ends of a policy's trajectories, compared with the exact ones.
  struct Row: CustomStringConvertible {
    let name: String
    /// `‖x − x*‖ / ‖x*‖` at the end, in increasing order.
    let errors: [Double]
    let fulls: [Int]

    /// The error that a share of the seeds does not exceed.
    func quantile(_ share: Double) -> Double {
      errors[min(Int(share * Double(errors.count)), errors.count - 1)]
    }
    var median: Double { quantile(0.5) }
    var worst: Double { errors.last ?? .nan }
    /// The share of the seeds with an error above 0.5.
    var lost: Double { Double(errors.count { !($0 <= 0.5) }) / Double(errors.count) }
    var meanFulls: Double { Double(fulls.reduce(0, +)) / Double(fulls.count) }

    var description: String {
      let numbers = String(
        format: "%.4f / %.4f, worst %.2f, %.1f %% over 0.5, %.1f full (%d to %d)", median,
        quantile(0.95), worst, 100 * lost, meanFulls, fulls.min() ?? 0, fulls.max() ?? 0)
      return "\(name): \(numbers)"
    }
  }

  /// The number of seeds: 50, or as the environment says; 200 give the numbers in the comments.
  static let seeds =
    0..<(ProcessInfo.processInfo.environment["PEREGRINE_STUDY_SEEDS"].flatMap { Int($0) } ?? 50)

  let flow: MixtureFlow
  /// The amplification from 8 other seeds.
  let measured: Amplification
  /// The usual drift of 24 other seeds.
  let usual: [DriftMeasure: Double]
  /// The direction and time of each seed's burst.
  let bursts: [MixtureFlow.Burst]?
  private let ends: [[Double]]

  init(spread: Double, hasBursts: Bool = false) throws {
    let plain = CachedFlow(MixtureFlow(spread: spread))
    flow = plain.flow
    measured = try .measured(over: (10_000..<10_008).map(plain.deviations))
    let readings = try (10_000..<10_024).flatMap { seed in
      try plain.sample(EvenlySpaced(interval: 4), seed).readings.dropFirst(3)
    }
    usual = try DriftMeasure.medians(of: readings)
    let bursts = hasBursts ? Self.seeds.map(Self.burst) : nil
    self.bursts = bursts
    ends = Self.seeds.map { plain.exact($0, burst: bursts?[$0]) }
  }

  /// Samples all seeds with a policy.
  func row(_ name: String, _ policy: some CachePolicy, order: Int = 2, limit: Double? = nil)
    throws -> Row
  {
    let cached = CachedFlow(flow, order: order, limit: limit)
    let samples = try Self.seeds.map { try cached.sample(policy, $0, burst: bursts?[$0]) }
    let errors = zip(samples, ends).map { MixtureFlow.deviation($0.point, from: $1) }
    return Row(name: name, errors: errors.sorted(), fulls: samples.map(\.fulls))
  }

  /// The soft mode with the usual drift of other seeds and a threshold that is the same at every
  /// budget.
  func soft(_ budget: Int, threshold: Double) -> SoftCap {
    SoftCap(
      .fulls(budget), mode: .soft, amplification: measured,
      observer: DriftObserver(normalisation: .offline(usual)),
      controller: BudgetController(base: .absolute(threshold)))
  }

  /// The capped mode with the drift relative to the picture's own.
  func capped(_ budget: Int) -> SoftCap {
    SoftCap(.fulls(budget), mode: .capped, amplification: measured)
  }

  private static func burst(_ seed: Int) -> MixtureFlow.Burst {
    var random = RandomStream(seed: 9, purpose: "tests/burst", index: UInt64(seed))
    return MixtureFlow.Burst(
      center: 8 + 36 * random.uniform(), direction: MixtureFlow.normal("direction", seed))
  }
}
