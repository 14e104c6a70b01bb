import CachePolicies
import Foundation

/// Samples a ``MixtureFlow`` with Euler steps and a cache of its output.
struct CachedFlow {
  /// What a trajectory gave.
  struct Sample {
    var point: [Double]
    var fulls: Int
    var readings: [CacheReading]
  }

  /// The values of the full steps, newest first.
  private struct Anchors {
    var places: [Double] = []
    var outputs: [[Double]] = []
    var probes: [[Double]] = []

    mutating func put(_ place: Int, _ output: [Double], _ probe: [Double]) {
      places = [Double(place)] + places.prefix(2)
      outputs = [output] + outputs.prefix(2)
      probes = [probe] + probes.prefix(2)
    }
  }

  let flow: MixtureFlow
  /// The order of the forecasts.
  var order = 2
  /// The largest sum of the absolute weights of a forecast.
  var limit: Double?

  init(_ flow: MixtureFlow, order: Int = 2, limit: Double? = nil) {
    (self.flow, self.order, self.limit) = (flow, order, limit)
  }

  /// The end of the exact trajectory.
  func exact(_ index: Int, burst: MixtureFlow.Burst? = nil) -> [Double] {
    var point = MixtureFlow.normal("noise", index)
    for step in 0..<flow.steps { take(step, velocity(point, step, burst), &point) }
    return point
  }

  /// How far an error of 5 % of the velocity at each step alone moves the end of a trajectory.
  func deviations(_ index: Int) -> [Double] {
    let end = exact(index)
    var (point, deviations) = (MixtureFlow.normal("noise", index), [Double]())
    for step in 0..<flow.steps {
      let velocity = velocity(point, step, nil)
      let direction = MixtureFlow.normal("direction", index * flow.steps + step)
      var wrong = velocity
      let size = 0.05 * MixtureFlow.norm(velocity) / MixtureFlow.norm(direction)
      MixtureFlow.add(size, direction, from: 0, to: &wrong)
      var other = point
      take(step, wrong, &other)
      for later in (0..<flow.steps).dropFirst(step + 1) {
        take(later, self.velocity(other, later, nil), &other)
      }
      deviations.append(MixtureFlow.deviation(other, from: end))
      take(step, velocity, &point)
    }
    return deviations
  }

  /// A trajectory with a cache.
  func sample(_ policy: some CachePolicy, _ index: Int, burst: MixtureFlow.Burst? = nil) throws
    -> Sample
  {
    var policy = policy
    try policy.begin(CachePlan(times: Array(flow.times.dropLast()), depth: 28))
    var result = Sample(point: MixtureFlow.normal("noise", index), fulls: 0, readings: [])
    var (anchors, previous) = (Anchors(), [Double]?.none)
    for step in 0..<flow.steps {
      let probe = flow.probe(result.point, burst: burst?.size(at: step) ?? 0)
      let reading = Self.reading(probe, previous, anchors, at: Double(step))
      let decision = policy.decide(step, reading)
      if decision.isFull {
        anchors.put(step, velocity(result.point, step, burst), probe)
        result.fulls += 1
      }
      let weights = Self.weights(anchors.places, at: Double(step), order: order, limit: limit)
      take(step, Self.sum(weights, anchors.outputs), &result.point)
      policy.observe(step, CacheOutcome(isFull: decision.isFull))
      result.readings.append(reading)
      previous = probe
    }
    return result
  }

  private func take(_ step: Int, _ velocity: [Double], _ point: inout [Double]) {
    MixtureFlow.add(flow.times[step + 1] - flow.times[step], velocity, from: 0, to: &point)
  }

  private func velocity(_ point: [Double], _ step: Int, _ burst: MixtureFlow.Burst?) -> [Double] {
    var velocity = flow.velocity(point, flow.times[step])
    if let burst {
      let size = burst.size(at: step) * Double(MixtureFlow.dimensions).squareRoot()
      MixtureFlow.add(
        size / MixtureFlow.norm(burst.direction), burst.direction, from: 0, to: &velocity)
    }
    return velocity
  }

  /// Newton's weights of the newest `order + 1` values, fewer while their absolute sum exceeds
  /// the limit.
  static func weights(_ places: [Double], at place: Double, order: Int, limit: Double?)
    -> [Double]
  {
    let history = ForecastHistory(fulls: Array(places.prefix(order + 1)))
    return NewtonForecast(order: order, limit: limit)
      .weights(history, at: place, products: []).fulls
  }

  private static func sum(_ weights: [Double], _ values: [[Double]]) -> [Double] {
    var sum = [Double](repeating: 0, count: values.first?.count ?? 0)
    for (weight, value) in zip(weights, values) {
      MixtureFlow.add(weight, value, from: 0, to: &sum)
    }
    return sum
  }

  private static func reading(
    _ probe: [Double], _ previous: [Double]?, _ anchors: Anchors, at place: Double
  ) -> CacheReading {
    var reading = CacheReading()
    if let previous { reading.sincePrevious = distance(probe, previous) / size(previous) }
    let orders = 1..<max(anchors.places.count, 1)
    if orders.isEmpty { return reading }
    reading.forecastErrors = orders.map { order in
      let weights = weights(anchors.places, at: place, order: order, limit: nil)
      return distance(probe, sum(weights, anchors.probes)) / size(probe)
    }
    return reading
  }

  private static func size(_ probe: [Double]) -> Double { probe.reduce(0) { $0 + abs($1) } }

  private static func distance(_ first: [Double], _ second: [Double]) -> Double {
    zip(first, second).reduce(0) { $0 + abs($1.0 - $1.1) }
  }
}
