/// The random streams of training, validation or sampling, by purpose and index.
///
/// Random numbers only depend on the seed, the scope, the purpose and the index, not on the batch, the
/// device, or what was drawn before.
public struct Draws: Sendable {
  /// What the numbers are drawn for.
  public enum Scope: String, Sendable {
    /// Training: conditions are dropped at random, and the loss has all of its terms.
    case training
    /// Validation: noise and times are the same every time.
    case validation
    /// Sampling: noise for each picture, by its index.
    case sampling
  }

  private let seed: UInt64
  private let scope: Scope

  /// Creates the streams of a scope for a seed.
  public init(_ scope: Scope, seed: UInt64) {
    self.scope = scope
    self.seed = seed
  }

  /// Whether the scope is training.
  public var isTraining: Bool { scope == .training }

  /// One stream per index: the number of an image in the run, or the index of a sampled picture.
  public func streams(_ purpose: String, _ indices: [Int]) -> [RandomStream] {
    indices.map {
      RandomStream(seed: seed, purpose: "\(scope.rawValue)/\(purpose)", index: UInt64($0))
    }
  }
}
