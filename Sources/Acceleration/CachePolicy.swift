import Models

/// Decides, from numbers alone, which pictures are computed at an evaluation and which are answered from
/// their caches. It never sees a tensor; ``CachedExecution`` does the work.
public protocol CachePolicy: Sendable {
  /// The piece of work that is cached: what its output adds to its input.
  var site: ComputationSite { get }
  /// Whether each picture is computed or answered from its cache.
  ///
  /// - Parameter drifts: one for each picture of the slot.
  mutating func decide(_ slot: CacheSlot, _ drifts: [Drift]) -> [CacheDecision]
  /// Told what was done; a picture without a cache was computed whatever the decision.
  mutating func observe(_ slot: CacheSlot, _ decisions: [CacheDecision])
}

extension CachePolicy {
  /// Policies without memory look at nothing.
  public mutating func observe(_ slot: CacheSlot, _ decisions: [CacheDecision]) {}
}

/// One evaluation of the network, as a policy sees it.
public struct CacheSlot: Equatable, Sendable {
  /// Counted from 0 over the whole trajectory.
  public var index: Int
  /// The time; 0 is data, 1 is noise.
  public var time: Double
  /// The indices of the pictures.
  public var pictures: [Int]

  /// Describes an evaluation.
  public init(index: Int, time: Double, pictures: [Int]) {
    self.index = index
    self.time = time
    self.pictures = pictures
  }
}

/// How far the probe of a picture lies from what it was when the picture was last computed.
public enum Drift: Equatable, Sendable {
  /// The picture has no cache, or one of another shape: it must be computed.
  case unknown
  /// The mean distance of the probe's numbers over their mean magnitude then, all of guidance's
  /// predictions together.
  case relative(Double)
}

/// What becomes of a picture at an evaluation.
public enum CacheDecision: String, Equatable, Sendable {
  case compute, reuse
}
