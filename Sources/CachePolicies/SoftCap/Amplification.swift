import Diagnostics
import Foundation

/// How much an error made at a step of the trajectory weighs at its end.
///
/// The factors `A` of the steps have the mean 1 over the steps between the warm-up and the tail.
///
/// - Source: arXiv 2605.27075 takes them from the noise schedule by a map that is not public. For
///   FLUX at 50 steps it reports 11 times the final deviation for step 5 as for step 45, which is
///   `sigmaPower(1.83)`. Other models differ, and in some the factors rise: measure them.
public enum Amplification: Equatable, Sendable {
  /// All steps weigh the same.
  case uniform
  /// `A ∝ (t / t₀)ᵖ`, with `t` the step's time and `t₀` that of the first step.
  case sigmaPower(Double)
  /// Proportional to the deviation of the final latent, relative to its norm, that a small error at
  /// each step alone causes: one number per step. Smoothed with (¼, ½, ¼), the ends repeated; the
  /// warm-up's numbers do not count.
  ///
  /// To measure them: change the network's output at one step by 5 % of its norm in a random
  /// direction, leave the other steps as they are, and average over 16 seeds. They hold for one
  /// model, sampler, number of steps and guidance scale.
  case measured([Double])

  /// The measured amplification of several trajectories: the mean of their final deviations.
  ///
  /// - Parameter deviations: for each trajectory, the relative deviation of the final latent that an
  ///   error at each step alone causes.
  /// - Throws: ``PeregrineError`` `.badData` if there is no trajectory, or their lengths differ.
  public static func measured(over deviations: [[Double]]) throws -> Amplification {
    let lengths = Set(deviations.map(\.count))
    guard let length = lengths.first, lengths.count == 1 else {
      throw PeregrineError(
        .badData, doing: "averaging final deviations",
        found: "trajectories of \(lengths.sorted().map(String.init).joined(separator: ", ")) steps",
        expected: "one trajectory or more, all of the same length")
    }
    return .measured(
      (0..<length).map { step in
        deviations.reduce(0) { $0 + $1[step] } / Double(deviations.count)
      })
  }

  /// The factor of each step.
  ///
  /// - Parameters:
  ///   - warmUp: the number of first steps that are always full; they have the factor of the first
  ///     step after them.
  ///   - tail: the number of last steps that are always full.
  /// - Throws: ``PeregrineError`` `.usage` if it was measured for another number of steps, or a factor
  ///   is negative or not finite, or all are 0.
  public func factors(_ plan: CachePlan, warmUp: Int, tail: Int) throws -> [Double] {
    let shape = try shape(plan)
    guard shape.dropFirst(warmUp).allSatisfy({ $0 >= 0 && $0.isFinite }) else {
      throw refusal(found: "a factor that is negative or not finite", "0 or more")
    }
    let smooth = smoothed(shape, from: warmUp)
    let counted = smooth.dropFirst(warmUp).dropLast(tail)
    guard let first = counted.first else { return shape.map { _ in 1 } }
    let mean = counted.reduce(0, +) / Double(counted.count)
    guard mean > 0 else { throw refusal(found: "factors that are all 0", "a factor above 0") }
    return smooth.enumerated().map { step, factor in (step < warmUp ? first : factor) / mean }
  }

  /// The factors before they are smoothed and scaled.
  private func shape(_ plan: CachePlan) throws -> [Double] {
    switch self {
    case .uniform:
      return plan.times.map { _ in 1 }
    case .sigmaPower(let power):
      let start = plan.times.first ?? 1
      return plan.times.map { pow($0 / start, power) }
    case .measured(let deviations):
      guard deviations.count == plan.steps else {
        throw refusal(
          found: "factors for \(deviations.count) steps", "factors for \(plan.steps) steps")
      }
      return deviations
    }
  }

  /// Measured factors, averaged with their neighbours after the warm-up.
  private func smoothed(_ factors: [Double], from warmUp: Int) -> [Double] {
    guard case .measured = self else { return factors }
    return factors.indices.map { step in
      guard step >= warmUp else { return factors[step] }
      let (before, after) = (max(step - 1, warmUp), min(step + 1, factors.count - 1))
      return factors[before] / 4 + factors[step] / 2 + factors[after] / 4
    }
  }

  private func refusal(found: String, _ expected: String) -> PeregrineError {
    PeregrineError(
      .usage, doing: "weighing the steps of a trajectory", found: found, expected: expected,
      advice: "Measure the amplification for this model and number of steps.")
  }
}
