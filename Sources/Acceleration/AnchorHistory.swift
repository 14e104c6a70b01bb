import CachePolicies

/// The full steps of one row that forecasts are made from: their places, and the slots that hold
/// their values.
struct AnchorHistory {
  /// A kept full step.
  struct Anchor: Equatable {
    let place: Double
    let slot: Int
  }

  /// The kept full steps, newest first.
  private(set) var fulls: [Anchor] = []
  /// The last two values of any kind, newest first; only if the forecast needs them.
  private(set) var recent: [Anchor] = []
  private let depth: Int

  /// Creates an empty history.
  ///
  /// - Parameter depth: how many full steps are kept.
  init(depth: Int) { self.depth = depth }

  /// The number of slots of a store.
  static func slotCount(_ forecast: any Forecast) -> Int {
    forecast.depth + (forecast.keepsForecasts ? 2 : 0)
  }

  /// The slot for the next full step: that of the oldest one.
  var nextSlot: Int { fulls.first.map { ($0.slot + 1) % depth } ?? 0 }
  /// The slot for the next value of any kind.
  var nextRecentSlot: Int { depth + (recent.first.map { ($0.slot - depth + 1) % 2 } ?? 0) }

  /// Adds a full step, whose value is in ``nextSlot``.
  mutating func addFull(at place: Double) {
    fulls = Array(([Anchor(place: place, slot: nextSlot)] + fulls).prefix(depth))
  }

  /// Adds a value of any kind, which is in ``nextRecentSlot``.
  mutating func addRecent(at place: Double) {
    recent = Array(([Anchor(place: place, slot: nextRecentSlot)] + recent).prefix(2))
  }

  /// The places, for a forecast.
  var places: ForecastHistory {
    ForecastHistory(fulls: fulls.map(\.place), recent: recent.map(\.place))
  }

  /// Weights by slot.
  func slotWeights(_ weights: ForecastWeights, slots count: Int) -> [Double] {
    var result = [Double](repeating: 0, count: count)
    for (anchor, weight) in zip(fulls, weights.fulls) { result[anchor.slot] += weight }
    for (anchor, weight) in zip(recent, weights.recent) { result[anchor.slot] += weight }
    return result
  }
}
