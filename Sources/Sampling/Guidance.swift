import DiffusionMath
import Models
import Samples

/// Guidance by a weaker prediction, limited to an interval of times.
///
/// Inside the interval the velocity is `v_weak + scale·(v − v_weak)`; outside it is `v` and the weak pass
/// is not made.
/// - Time: 0 is data, 1 is noise; the limits are compared with the shifted time, both ends included.
/// - Source: Ho & Salimans, arXiv 2207.12598, eq. (6); interval: Kynkäänniemi et al., arXiv 2404.07724.
public struct Guidance: Sendable {
  /// The strength; 1 is no guidance.
  public var scale: Double
  /// The least time with guidance.
  public var low: Double
  /// The greatest time with guidance.
  public var high: Double
  /// What makes the weak prediction weak, for records.
  public var source = "label"
  /// What makes the weak prediction weak.
  public var weak = WeakPrediction.withoutConditions
  /// The routing of the strong prediction, inside the interval and outside; `nil` for every token.
  public var routing: (any TokenRouting)?
  /// The strength for the class token (REG); at 0 or less it follows its own strong velocity.
  public var classTokenScale = 0.0

  /// No guidance.
  public static let none = Guidance(scale: 1)

  /// Guidance of a given strength, everywhere unless limits are given.
  public init(scale: Double, low: Double = 0, high: Double = 1) {
    self.scale = scale
    self.low = low
    self.high = high
  }

  /// Whether the weak pass is made at a time.
  public func isActive(at t: Double) -> Bool { scale != 1 && low <= t && t <= high }

  /// Whether strong and weak prediction differ in conditions alone, so that one pass makes both.
  var isByConditionsAlone: Bool { weak.routing == nil && routing == nil }
}

/// What makes a guidance's weak prediction weak.
public struct WeakPrediction: Sendable {
  /// The conditions that are replaced by their nulls.
  public var drops: Set<ConditionKind>
  /// The routing of the weak pass; `nil` for every token.
  public var routing: (any TokenRouting)?

  /// A weak pass; with every token unless a routing is given.
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
