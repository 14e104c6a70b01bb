import Models

/// Decides which pictures are computed at an evaluation and which reuse their cache. It only sees plain
/// numbers; ``CachedExecution`` handles the tensors.
public protocol CachePolicy: Sendable {
  /// The piece of work whose residual (output minus input) is cached.
  var site: ComputationSite { get }
  /// Decides for each picture whether it is computed or reuses its cache.
  ///
  /// - Parameter drifts: one per picture of the slot.
  mutating func decide(_ slot: CacheSlot, _ drifts: [Drift]) -> [CacheDecision]
  /// Called with what was done. A picture without a cache was computed whatever the policy decided.
  mutating func observe(_ slot: CacheSlot, _ decisions: [CacheDecision])
}

extension CachePolicy {
  /// By default does nothing, for policies without state.
  public mutating func observe(_ slot: CacheSlot, _ decisions: [CacheDecision]) {}
}

/// One evaluation of the network, described for a policy.
public struct CacheSlot: Equatable, Sendable {
  /// The number of the evaluation, counted from 0 over the whole trajectory.
  public var index: Int
  /// The time; 0 is data, 1 is noise.
  public var time: Double
  /// The indices of the pictures.
  public var pictures: [Int]

  /// Creates a description of an evaluation.
  public init(index: Int, time: Double, pictures: [Int]) {
    self.index = index
    self.time = time
    self.pictures = pictures
  }
}

/// How much a picture's probe has changed since the picture was last computed.
public enum Drift: Equatable, Sendable {
  /// The picture has no cache, or one of another shape, so it must be computed.
  case unknown
  /// The mean absolute change of the probe, divided by its mean absolute value back then, over all of
  /// guidance's predictions together.
  case relative(Double)
}

/// What is done for a picture at an evaluation.
public enum CacheDecision: String, Equatable, Sendable {
  case compute, reuse
}
