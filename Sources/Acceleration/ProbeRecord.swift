import CachePolicies
import Models
import Tensors

/// A policy's probe at earlier steps, and what is measured by comparing it with the current one.
struct ProbeRecord {
  /// The orders of the probe's own forecasts; each needs one more full step.
  private static let orders = 1...2

  private let store = FeatureStore(slots: 3)
  private let previous = FeatureStore(slots: 1)
  private var histories: [RowID: AnchorHistory] = [:]
  private var hasPrevious: Set<RowID> = []
  private let measures: Set<CacheMeasure>

  /// Creates an empty record.
  ///
  /// - Parameter measures: what the policy asks for.
  init(_ measures: Set<CacheMeasure>) { self.measures = measures }

  /// Sums over the values of one row, from which readings are made.
  private struct Sums {
    var sinceFull: (change: Double, size: Double)?
    var sincePrevious: (change: Double, size: Double)?
    var forecasts: (errors: [Double], size: Double, product: Double, squares: (Double, Double))?
  }

  /// Compares the probe with earlier ones.
  ///
  /// - Parameters:
  ///   - probe: `[rows, tokens, width]`.
  ///   - pictures: the rows of each picture.
  ///   - place: the place of the step, for forecasts of the probe.
  /// - Returns: one reading for each picture.
  func read(_ probe: Tensor, _ ids: [RowID], pictures: [[Int]], at place: Double) throws
    -> [CacheReading]
  {
    let sums = try sums(probe, ids, at: place)
    return pictures.map { rows in reading(rows.map { sums[$0] }) }
  }

  /// Keeps the probe for later steps.
  ///
  /// - Parameter full: the rows that are computed at this step.
  mutating func keep(_ probe: Tensor, _ ids: [RowID], full: [Int], at place: Double) throws {
    if measures.contains(.sincePrevious) {
      try previous.put(probe, ids, slots: ids.map { _ in 0 })
      hasPrevious.formUnion(ids)
    }
    guard !measures.isDisjoint(with: [.sinceFull, .forecasts]), !full.isEmpty else { return }
    let chosen = full.map { ids[$0] }
    let slots = chosen.map { history(of: $0).nextSlot }
    let values =
      full.count == ids.count
      ? probe
      : try probe.selecting(
        0, Tensor(full.map(Int64.init), shape: [full.count], device: probe.device))
    try store.put(values, chosen, slots: slots)
    for id in chosen {
      var history = history(of: id)
      history.addFull(at: place)
      histories[id] = history
    }
  }

  private func history(of id: RowID) -> AnchorHistory { histories[id] ?? AnchorHistory(depth: 3) }

  // MARK: Measuring

  private func sums(_ probe: Tensor, _ ids: [RowID], at place: Double) throws -> [Sums] {
    var sums = [Sums](repeating: Sums(), count: ids.count)
    let current = try probe.to(.float32)
    func measure(_ rows: [Int], against reference: Tensor) throws -> [[Double]] {
      let mine = try select(rows, of: current, count: ids.count)
      let other = try reference.to(.float32)
      return try Self.rowSums([
        (mine - other).magnitude(), other.magnitude(), mine.magnitude(), mine * other,
        mine.squared(), other.squared(),
      ])
    }
    let anchored = ids.indices.filter { histories[ids[$0]]?.fulls.isEmpty == false }
    if measures.contains(.sinceFull), !anchored.isEmpty {
      let newest = anchored.map { history(of: ids[$0]).fulls[0].slot }
      let found = try measure(
        anchored, against: store.values(anchored.map { ids[$0] }, slots: newest))
      for (row, numbers) in zip(anchored, found) {
        sums[row].sinceFull = (numbers[0], numbers[1])
      }
    }
    let seen = ids.indices.filter { hasPrevious.contains(ids[$0]) }
    if measures.contains(.sincePrevious), !seen.isEmpty {
      let before = try previous.values(seen.map { ids[$0] }, slots: seen.map { _ in 0 })
      for (row, numbers) in zip(seen, try measure(seen, against: before)) {
        sums[row].sincePrevious = (numbers[0], numbers[1])
      }
    }
    guard measures.contains(.forecasts) else { return sums }
    for order in Self.orders {
      let rows = ids.indices.filter { history(of: ids[$0]).fulls.count > order }
      if rows.isEmpty { continue }
      let found = try measure(rows, against: forecast(rows.map { ids[$0] }, order, at: place))
      for (row, numbers) in zip(rows, found) {
        let errors = (sums[row].forecasts?.errors ?? []) + [numbers[0]]
        sums[row].forecasts = (errors, numbers[2], numbers[3], (numbers[4], numbers[5]))
      }
    }
    return sums
  }

  private func forecast(_ ids: [RowID], _ order: Int, at place: Double) throws -> Tensor {
    // Without a limit: that the probe cannot be continued is what the policy wants to know.
    let forecast = NewtonForecast(order: order, limit: nil)
    let weights = ids.map { id in
      let history = history(of: id)
      let known = ForecastHistory(fulls: Array(history.places.fulls.prefix(order + 1)))
      return history.slotWeights(
        forecast.weights(known, at: place, products: []), slots: 3)
    }
    return try store.sum(ids, weights: weights, base: nil)
  }

  private func select(_ rows: [Int], of tensor: Tensor, count: Int) throws -> Tensor {
    rows.count == count
      ? tensor
      : try tensor.selecting(
        0, Tensor(rows.map(Int64.init), shape: [rows.count], device: tensor.device))
  }

  /// The sums over all but the first dimension, for each row, in one transfer from the device.
  private static func rowSums(_ tensors: [Tensor]) throws -> [[Double]] {
    let sums = try tensors.map { tensor in
      try tensor.sum(Array(1..<tensor.shape.count)).unsqueezed(1)
    }
    let numbers = try Tensor.concatenated(sums, dim: 1).scalars(Double.self)
    return stride(from: 0, to: numbers.count, by: tensors.count).map {
      Array(numbers[$0..<$0 + tensors.count])
    }
  }

  /// The reading of a picture from the sums of its rows; what one of them lacks cannot be measured.
  private func reading(_ rows: [Sums]) -> CacheReading {
    func relative(_ parts: [(change: Double, size: Double)?]) -> Double? {
      let known = parts.compactMap { $0 }
      guard known.count == parts.count else { return nil }
      let (change, size) = known.reduce((0.0, 0.0)) { ($0.0 + $1.change, $0.1 + $1.size) }
      return change == 0 ? 0 : change / size
    }
    var reading = CacheReading()
    reading.sinceFull = relative(rows.map(\.sinceFull))
    reading.sincePrevious = relative(rows.map(\.sincePrevious))
    let forecasts = rows.compactMap(\.forecasts)
    guard forecasts.count == rows.count, let first = forecasts.first else { return reading }
    let size = forecasts.reduce(1e-8) { $0 + $1.size }
    let orders = forecasts.reduce(first.errors.count) { min($0, $1.errors.count) }
    reading.forecastErrors = (0..<orders).map { order in
      forecasts.reduce(0) { $0 + $1.errors[order] } / size
    }
    let product = forecasts.reduce(0) { $0 + $1.product }
    let squares = forecasts.reduce((0.0, 0.0)) { ($0.0 + $1.squares.0, $0.1 + $1.squares.1) }
    reading.forecastAngle = 1 - product / max((squares.0 * squares.1).squareRoot(), 1e-30)
    return reading
  }
}
