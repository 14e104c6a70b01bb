import Diagnostics
import Models
import Sampling
import Synchronization
import Tensors

/// A generator that reuses cached network outputs where a policy says so.
public struct CachedSampler: Generator {
  /// The generator that draws the samples.
  public var base: any Generator
  /// The policy that decides, and how its decisions are carried out.
  public var configuration: CacheConfiguration
  /// The cost so far.
  public let costs = CacheCosts()

  /// Adds caches to a generator.
  public init(_ base: any Generator, _ configuration: CacheConfiguration) {
    self.base = base
    self.configuration = configuration
  }

  /// Draws samples with a fresh cache.
  ///
  /// - Throws: ``PeregrineError`` `.usage` for a request that has a policy already.
  public func sample(_ backbone: any Backbone, _ request: SampleRequest) throws -> Tensor {
    guard request.policy == nil else {
      throw PeregrineError(
        .usage, doing: "sampling with caches", found: "a request with a policy of its own",
        expected: "one of them")
    }
    let execution = CachedExecution(configuration)
    var request = request
    request.policy = execution
    let samples = try base.sample(backbone, request)
    costs.add(execution.cost)
    return samples
  }
}

/// The total cost of all requests that a sampler has served.
public final class CacheCosts: Sendable {
  private let sum = Mutex(CacheCost())

  /// The cost so far.
  public var total: CacheCost { sum.withLock { $0 } }

  func add(_ cost: CacheCost) {
    sum.withLock {
      $0.full += cost.full
      $0.saved += cost.saved
    }
  }
}
