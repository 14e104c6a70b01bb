import Foundation

/// LazyDiT's decision about one module (attention or MLP of one block) at one step for one picture: it
/// is computed, or its output of the previous step is used again under the current gate.
///
/// Not a ``CachePolicy``: it decides for each module. The score is q = sigmoid(Σ_n Σ_d z[n,d] · w[d]),
/// with z the module's modulated input (n tokens, d channels) and w the trained vector of step, block
/// and module. The module is computed if q >= threshold; the first step always is. With w = 0, q = 0.5,
/// so everything is computed.
///
/// - Source: LazyDiT (shawnricecake/lazydit); matches the fixture's `lazydit_*`.
public struct LazyGate: Equatable, Sendable {
  /// The score from which on a module is computed.
  public let threshold: Double

  /// Creates a gate.
  public init(threshold: Double = 0.5) { self.threshold = threshold }

  /// The score of the weighted sum over tokens and channels of the module's input; in training the
  /// share of the computed output in the mix q · f(z) + (1 - q) · cached.
  public static func score(_ sum: Double) -> Double { 1 / (1 + exp(-sum)) }

  /// Whether the module is computed; also if the score is NaN.
  public func computes(step: Int, score: Double) -> Bool { step == 0 || !(score < threshold) }
}
