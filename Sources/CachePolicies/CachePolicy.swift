/// Decides at which steps the network is computed for a picture ("full"), and at which its outputs are
/// forecast from earlier ones.
///
/// A policy decides for one picture and only sees numbers; each picture has its own copy, so a
/// picture does not depend on the rest of its batch. The predictions that guidance combines share
/// one decision, and so do the stages of a solver's step.
public protocol CachePolicy: Sendable {
  /// What is computed and measured at each step before the decision.
  var probe: CacheProbe { get }
  /// Which of the reading's numbers the policy needs.
  var measures: Set<CacheMeasure> { get }
  /// Whether it may ever decide for a forecast; otherwise nothing is stored.
  var mayForecast: Bool { get }
  /// Whether it may ask for checked forecasts, which need a last block that runs at every step.
  var checksForecasts: Bool { get }
  /// Starts a trajectory; called once, before the first decision.
  ///
  /// - Throws: ``PeregrineError`` `.usage` for a plan that the settings cannot serve, naming the
  ///   nearest setting that can.
  mutating func begin(_ plan: CachePlan) throws
  /// Decides about a step. Steps come in order, from 0 on, none left out.
  mutating func decide(_ step: Int, _ reading: CacheReading) -> CacheDecision
  /// Called at the end of the step with what was done.
  mutating func observe(_ step: Int, _ outcome: CacheOutcome)
}

extension CachePolicy {
  /// By default nothing is computed before the decision.
  public var probe: CacheProbe { .none }
  /// By default none.
  public var measures: Set<CacheMeasure> { [] }
  /// By default it may.
  public var mayForecast: Bool { true }
  /// By default it does not.
  public var checksForecasts: Bool { false }
  /// By default keeps nothing of the plan.
  public mutating func begin(_ plan: CachePlan) throws {}
  /// By default learns nothing from what was done.
  public mutating func observe(_ step: Int, _ outcome: CacheOutcome) {}
}

/// A trajectory, as far as it is known before it starts.
public struct CachePlan: Equatable, Sendable {
  /// The time of each step's first evaluation, in the order of sampling; 0 is data, 1 is noise.
  public var times: [Double]
  /// The number of blocks of the network.
  public var depth: Int
  /// The number of steps.
  public var steps: Int { times.count }

  /// Creates a plan.
  public init(times: [Double], depth: Int) {
    self.times = times
    self.depth = depth
  }
}

/// What is computed and measured at a step before the decision.
public enum CacheProbe: Hashable, Sendable {
  /// Nothing.
  case none
  /// The first block's normalised and modulated input.
  case input
  /// What the first blocks add to the tokens; they are computed at every step.
  case blocks(Int)
}

/// The numbers that a policy decides by. Each is `nil` if it cannot be measured, because a value to
/// compare with is missing; NaN if the network's values are not finite.
///
/// Norms are over all tokens and channels of a picture, and over all of guidance's predictions
/// together.
public struct CacheReading: Equatable, Sendable {
  /// The mean absolute change of the probe since the last full step, relative to its mean absolute
  /// value there.
  public var sinceFull: Double?
  /// The same since the step before.
  public var sincePrevious: Double?
  /// The mean absolute error of the probe's forecasts of order 1 and 2 from full steps, relative to
  /// the probe's mean absolute value.
  public var forecastErrors: [Double]?
  /// 1 minus the cosine between the probe and its forecast of the highest order.
  public var forecastAngle: Double?

  /// Creates a reading without numbers.
  public init() {}
}

/// What is to be done for a picture at a step.
public struct CacheDecision: Equatable, Sendable {
  /// What is done.
  public enum Action: Equatable, Sendable {
    /// The network is computed.
    case full
    /// The network's outputs are forecast.
    case forecast
    /// The outputs are forecast, and the last block is computed as well to measure the error. With a
    /// limit, a step with a larger error is done again as a full one.
    case checkedForecast(limit: Double?)
  }

  /// Why.
  public enum Reason: String, Equatable, Sendable, CaseIterable {
    /// One of the first steps.
    case warmUp = "warm-up"
    /// One of the last steps.
    case tail
    /// A place in a schedule that is known in advance.
    case schedule
    /// A measured change or error reached its limit.
    case risk
    /// A measured change or error is below its limit.
    case low
    /// The longest allowed run of forecasts.
    case age
    /// Risky, but what is left of the budget is needed later.
    case reserve
    /// There is nothing to forecast from.
    case noAnchor = "no-anchor"
    /// A measured number is NaN or infinite.
    case notFinite = "not-finite"
  }

  /// What is done.
  public var action: Action
  /// Why.
  public var reason: Reason

  /// Creates a decision.
  public init(_ action: Action, _ reason: Reason) {
    self.action = action
    self.reason = reason
  }

  /// The network is computed.
  public static func full(_ reason: Reason) -> CacheDecision { CacheDecision(.full, reason) }
  /// The outputs are forecast.
  public static func forecast(_ reason: Reason) -> CacheDecision {
    CacheDecision(.forecast, reason)
  }

  /// Whether the network is computed.
  public var isFull: Bool { action == .full }
}

/// What was done for a picture at a step.
public struct CacheOutcome: Equatable, Sendable {
  /// Whether the network was computed, as decided or because there was nothing to forecast from.
  public var isFull: Bool
  /// The measured error of a checked forecast.
  public var error: Double?

  /// Creates an outcome.
  public init(isFull: Bool, error: Double? = nil) {
    self.isFull = isFull
    self.error = error
  }
}

/// A comparison of the probe that a policy needs.
public enum CacheMeasure: Hashable, Sendable, CaseIterable {
  /// ``CacheReading/sinceFull``.
  case sinceFull
  /// ``CacheReading/sincePrevious``.
  case sincePrevious
  /// ``CacheReading/forecastErrors`` and ``CacheReading/forecastAngle``.
  case forecasts
}
