import CachePolicies
import Diagnostics
import Models

/// A policy, and how its decisions are carried out.
public struct CacheConfiguration: Sendable {
  /// Decides when the network is computed.
  public var policy: any CachePolicy
  /// Which outputs are forecast.
  public var site: CacheSite
  /// How they are forecast.
  public var forecast: any Forecast
  /// What the forecast's places are.
  public var clock = CacheClock.steps
  /// Whether a step that is computed for one picture of a batch is computed for all. The pictures
  /// then depend on their batch, which is faster when decisions differ.
  public var synchronizesBatch = false

  /// Creates a configuration.
  public init(
    _ policy: any CachePolicy, at site: CacheSite = .tail(after: 0),
    by forecast: any Forecast = ReuseForecast()
  ) {
    self.policy = policy
    self.site = site
    self.forecast = forecast
  }

  /// Where in the network the policy's probe is measured.
  var probedSite: ComputationSite {
    guard case .blocks(let count) = policy.probe else { return .stack }
    return .tail(after: count - 1)
  }

  /// Rejects a site that is not behind the probe, or that a network does not have.
  ///
  /// - Throws: ``PeregrineError`` `.usage`.
  func check(depth: Int) throws {
    func refused(_ found: String, _ expected: String, _ advice: String) -> PeregrineError {
      PeregrineError(
        .usage, doing: "sampling with caches", found: found, expected: expected, advice: advice)
    }
    if case .tail(let block) = site, !(0..<depth - 1).contains(block) {
      throw refused(
        "a cache after block \(block) of \(depth)", "one of the first \(depth - 1) blocks", "")
    }
    guard !policy.checksForecasts || site == .modules else {
      throw refused(
        "the cached outputs `\(site)` with a policy that checks forecasts",
        "`modules`: the check compares the last block, which must run at every step",
        "Cache modules.")
    }
    guard case .blocks(let count) = policy.probe else { return }
    guard (1..<depth).contains(count) else {
      throw refused(
        "a policy that computes \(count) of \(depth) blocks at every step",
        "at least one, and fewer than all", "Compute fewer.")
    }
    guard case .tail(let block) = site, block >= count - 1 else {
      throw refused(
        "the cached outputs `\(site)` with a policy that computes \(count) blocks first",
        "outputs of blocks after those", "Cache the tail of the blocks.")
    }
  }
}

/// The outputs that a cache forecasts.
public enum CacheSite: Hashable, Sendable, CustomStringConvertible {
  /// What all blocks after one of them add to the tokens.
  case tail(after: Int)
  /// What all blocks add to the tokens.
  case stack
  /// The outputs of attention and MLP in each block, before their gates.
  case modules

  /// The name of the site.
  public var description: String {
    switch self {
    case .tail(let block): "tail after block \(block)"
    case .stack: "stack"
    case .modules: "modules"
    }
  }

  /// Whether a piece of work is answered here.
  func holds(_ site: ComputationSite) -> Bool {
    switch (self, site) {
    case (.tail(let mine), .tail(let other)): mine == other
    case (.stack, .stack), (.modules, .attention), (.modules, .mlp): true
    default: false
    }
  }

  /// Whether what a piece of work adds to its input is stored, instead of its output.
  var storesResidual: Bool { self != .modules }
}

/// The places of values in a forecast.
public enum CacheClock: String, CaseIterable, Codable, Sendable {
  /// The numbers of the steps.
  case steps
  /// The times of the evaluations.
  case times
}
