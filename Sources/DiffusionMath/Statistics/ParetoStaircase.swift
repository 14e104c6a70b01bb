import Foundation

/// The best value at each cost among finished runs; lower is better for both.
public struct ParetoStaircase: Equatable, Sendable {
  /// A finished run.
  public struct Point: Equatable, Codable, Sendable {
    /// Its cost.
    public var cost: Double
    /// Its quality.
    public var value: Double

    /// A run.
    public init(cost: Double, value: Double) { (self.cost, self.value) = (cost, value) }

    /// Whether this run is at least as good in both and better in one of them.
    public func dominates(_ other: Point) -> Bool {
      cost <= other.cost && value <= other.value && (cost < other.cost || value < other.value)
    }
  }

  /// The runs that no other run dominates, in order of rising cost and falling value; of equal runs
  /// only one.
  public let corners: [Point]

  /// The staircase of some runs.
  public init(_ points: [Point]) {
    var corners: [Point] = []
    for point in points.sorted(by: { ($0.cost, $0.value) < ($1.cost, $1.value) })
    where point.value < corners.last?.value ?? .infinity { corners.append(point) }
    self.corners = corners
  }

  /// The best value of all runs that cost at most this much; infinity if there is none.
  public func value(at cost: Double) -> Double {
    corners.last { $0.cost <= cost }?.value ?? .infinity
  }
}

/// The value that a given share of repeated experiments reaches at each cost.
///
/// - Source: da Fonseca, Fonseca and Hall 2001, "Inferential performance assessment of stochastic
///   optimisers and the attainment function".
public struct AttainmentCurve: Equatable, Sendable {
  /// The costs at which the curve is known.
  public let costs: [Double]
  /// The value that the stated share of staircases reaches at each cost; infinity where fewer do.
  public let values: [Double]

  /// The curve that `share` of the staircases reach.
  public init(of staircases: [ParetoStaircase], share: Double, at costs: [Double]) {
    let needed = max(1, Int((share * Double(staircases.count)).rounded(.up)))
    self.costs = costs
    values = costs.map { cost in
      let sorted = staircases.map { $0.value(at: cost) }.sorted()
      return needed <= sorted.count ? sorted[needed - 1] : .infinity
    }
  }
}

extension LearningCurve {
  /// The mean advantage over a baseline: the baseline's value minus this one's, averaged over the
  /// logarithm of cost where both curves are known. Above 0 this one is better. Nil where they do
  /// not overlap.
  public func advantage(over baseline: LearningCurve) -> Double? {
    let low = max(costs[0], baseline.costs[0])
    let high = min(costs[costs.count - 1], baseline.costs[baseline.costs.count - 1])
    guard low < high else { return nil }
    let inner = (costs + baseline.costs).filter { low < $0 && $0 < high }
    let grid = [low] + Set(inner).sorted() + [high]
    var area = 0.0
    for (from, to) in zip(grid, grid.dropFirst()) {
      guard let a = baseline.value(at: from), let b = value(at: from),
        let c = baseline.value(at: to), let d = value(at: to)
      else { return nil }
      area += 0.5 * ((a - b) + (c - d)) * log(to / from)
    }
    return area / log(high / low)
  }
}
