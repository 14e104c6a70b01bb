/// The random streams of one scope, by purpose and index: training, validation, or sampling.
///
/// A number depends on the seed, the scope, the purpose and the index alone: not on the batch, the
/// device, or what was drawn before.
public struct Draws: Sendable {
  /// What the numbers are drawn for.
  public enum Scope: String, Sendable {
    /// Labels are dropped and all terms are in the loss.
    case training
    /// The same noise and times whenever it is run.
    case validation
    /// Noise of pictures, by their index under the seed.
    case sampling
  }

  private let seed: UInt64
  private let scope: Scope

  /// The streams of a seed and a scope.
  public init(_ scope: Scope, seed: UInt64) {
    self.scope = scope
    self.seed = seed
  }

  /// Whether this is training.
  public var isTraining: Bool { scope == .training }

  /// One stream per index: the number of an image in the run, or of a picture under the seed.
  public func streams(_ purpose: String, _ indices: [Int]) -> [RandomStream] {
    indices.map {
      RandomStream(seed: seed, purpose: "\(scope.rawValue)/\(purpose)", index: UInt64($0))
    }
  }
}
