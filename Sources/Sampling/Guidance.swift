import DiffusionMath
import Models
import Samples

/// Guidance with a weaker prediction, limited to an interval of times.
///
/// Inside the interval the velocity is `v_weak + scale·(v − v_weak)`. Outside it is `v`, and the
/// weak pass is not computed.
/// - Time: 0 is data, 1 is noise; the limits are compared with the shifted time and are inclusive.
/// - Source: Ho & Salimans, arXiv 2207.12598, eq. (6); interval: Kynkäänniemi et al., arXiv 2404.07724.
public struct Guidance: Sendable {
  /// The guidance scale; 1 is no guidance.
  public var scale: Double
  /// The smallest time with guidance.
  public var low: Double
  /// The largest time with guidance.
  public var high: Double
  /// What makes the weak prediction weak.
  public var weak = WeakPrediction.withoutConditions
  /// The routing of the strong prediction, inside and outside the interval; `nil` for all tokens.
  public var routing: (any TokenRouting)?
  /// The guidance scale of the class token (REG); with 0 or less the class token is not guided.
  public var classTokenScale = 0.0

  /// No guidance.
  public static let none = Guidance(scale: 1)

  /// Creates guidance; without limits it acts at all times.
  public init(scale: Double, low: Double = 0, high: Double = 1) {
    self.scale = scale
    self.low = low
    self.high = high
  }

  /// Whether the weak pass is computed at time `t`.
  public func isActive(at t: Double) -> Bool { scale != 1 && low <= t && t <= high }

  /// Whether strong and weak prediction only differ in their conditions, so that one pass computes
  /// both.
  var isByConditionsAlone: Bool { weak.routing == nil && routing == nil }
}

/// How the weak prediction of guidance is made.
public struct WeakPrediction: Sendable {
  /// The kinds of condition that are replaced by their nulls.
  public var drops: Set<ConditionKind>
  /// The routing of the weak pass; `nil` for all tokens.
  public var routing: (any TokenRouting)?

  /// Creates a weak prediction; without routing it uses all tokens.
  public init(dropping kinds: Set<ConditionKind>, routing: (any TokenRouting)? = nil) {
    drops = kinds
    self.routing = routing
  }

  /// Classifier-free guidance.
  public static let withoutConditions = WeakPrediction(dropping: .all)

  /// Path-drop guidance: the middle blocks do not run.
  ///
  /// - Source: SPRINT, arXiv 2510.21986.
  public static func withoutPath(middle: Range<Int>, dropping kinds: Set<ConditionKind>)
    -> WeakPrediction
  {
    var routing = SprintRouting(middle: middle)
    routing.pathDrop = 1
    return WeakPrediction(dropping: kinds, routing: routing)
  }
}
