import Acceleration
import CachePolicies
import Diagnostics
import Sampling

extension SamplerSettings {
  /// A policy that decides at which steps outputs are forecast.
  public enum Acceleration: String, CaseIterable, Codable, Sendable {
    case none
    /// ``SoftCap`` with a cap.
    case softCap = "softcap"
    /// ``FixedInterval`` by TaylorSeer's rule, with its forecast.
    case taylorSeer = "taylorseer"
    /// ``FixedInterval`` by FORA's rule, with reuse.
    case fora
    /// ``SpeCa`` with the settings for DiT.
    case speCa = "speca"
    /// ``FirstBlockCache``.
    case firstBlock = "first-block"
    /// ``DBCache`` with two blocks as its probe.
    case dbCache = "dbcache"

    var usesThreshold: Bool { self == .firstBlock || self == .dbCache }
    var usesInterval: Bool { self == .taylorSeer || self == .fora }
    var usesOrder: Bool { self == .softCap || self == .taylorSeer || self == .speCa }
    /// Whether the published code caches modules; the others cache what blocks add.
    fileprivate var cachesModules: Bool { self == .taylorSeer || self == .fora || self == .speCa }
  }

  /// Which outputs are forecast.
  public enum Site: String, CaseIterable, Codable, Sendable {
    /// Those of the policy's published code.
    case policy
    /// What all blocks after the policy's probe add.
    case tail
    /// What all blocks add.
    case stack
    /// The outputs of attention and MLP in each block.
    case modules
  }

  /// The policy with its forecast; `nil` if everything is computed.
  ///
  /// - Throws: ``PeregrineError`` `.usage` for a forecast that does not suit the solver.
  func caching() throws -> CacheConfiguration? {
    guard accelerate != .none else { return nil }
    guard solver != .eulerMaruyama || !accelerate.usesOrder || order < 2 else {
      throw PeregrineError(
        .usage, doing: "choosing a cache",
        found: "forecasts of order \(order) with the solver `\(solver.rawValue)`",
        expected: "order 0 or 1: new noise in each step makes trajectories rough",
        advice: "Add `--order 1`, or use the solver `heun`.")
    }
    let policy = policy
    return CacheConfiguration(policy, at: site(of: policy), by: forecast)
  }

  private var policy: any CachePolicy {
    switch accelerate {
    case .none: EveryStep()
    case .softCap: SoftCap(fulls > 0 ? .fulls(fulls) : .share(budget), mode: .capped)
    case .taylorSeer: FixedInterval.taylorSeer(interval: interval, warmUp: 2)
    case .fora: FixedInterval.fora(interval: interval)
    case .speCa: SpeCa.dit
    case .firstBlock: FirstBlockCache(threshold: threshold)
    case .dbCache: DBCache(firstBlocks: 2, threshold: threshold, warmUp: 4)
    }
  }

  private var forecast: any Forecast {
    switch accelerate {
    case .softCap: NewtonForecast(order: order)
    case .taylorSeer, .speCa: TaylorForecast(order: order)
    case .none, .fora, .firstBlock, .dbCache: ReuseForecast()
    }
  }

  private func site(of policy: any CachePolicy) -> CacheSite {
    let tail =
      if case .blocks(let count) = policy.probe { CacheSite.tail(after: count - 1) } else {
        CacheSite.tail(after: 0)
      }
    return switch cacheSite {
    case .policy: accelerate.cachesModules ? .modules : tail
    case .tail: tail
    case .stack: .stack
    case .modules: .modules
    }
  }
}
