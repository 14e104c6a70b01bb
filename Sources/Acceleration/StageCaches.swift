import CachePolicies
import Models
import Tensors

/// The caches of one stage of a solver's step: a store for each site, and the full steps of each row.
struct StageCaches {
  private let forecast: any Forecast
  private var stores: [ComputationSite: FeatureStore] = [:]
  private var histories: [RowID: AnchorHistory] = [:]
  /// The number of full steps that each row's last forecast was made from.
  private(set) var usedWeights: [RowID: Int] = [:]

  init(_ forecast: any Forecast) { self.forecast = forecast }

  private var slotCount: Int { AnchorHistory.slotCount(forecast) }

  /// Whether there is something to forecast a row from.
  func hasAnchor(_ id: RowID) -> Bool { histories[id]?.fulls.isEmpty == false }

  private func history(of id: RowID) -> AnchorHistory {
    histories[id] ?? AnchorHistory(depth: forecast.depth)
  }

  private mutating func store(of site: ComputationSite) -> FeatureStore {
    if let store = stores[site] { return store }
    let store = FeatureStore(slots: slotCount)
    stores[site] = store
    return store
  }

  /// Stores values of a full step.
  mutating func put(_ site: ComputationSite, _ ids: [RowID], _ values: Tensor) throws {
    let store = store(of: site)
    try store.put(values, ids, slots: ids.map { history(of: $0).nextSlot })
    if forecast.keepsForecasts {
      try store.put(values, ids, slots: ids.map { history(of: $0).nextRecentSlot })
    }
  }

  /// The forecasts of some rows, plus `base`.
  mutating func forecast(
    _ site: ComputationSite, _ ids: [RowID], at place: Double, base: Tensor?
  ) throws -> Tensor {
    let store = store(of: site)
    let products = forecast.needsProducts ? try self.products(store, ids) : []
    let weights = ids.enumerated().map { row, id -> [Double] in
      let history = history(of: id)
      let found = forecast.weights(
        history.places, at: place, products: products.isEmpty ? [] : products[row])
      usedWeights[id] = found.fulls.count
      return history.slotWeights(found, slots: slotCount)
    }
    guard forecast.keepsForecasts else { return try store.sum(ids, weights: weights, base: base) }
    let value = try store.sum(ids, weights: weights, base: nil)
    try store.put(value, ids, slots: ids.map { history(of: $0).nextRecentSlot })
    return try base.map { try $0 + value } ?? value
  }

  /// The inner products of the kept values of each row, newest first, in float64.
  private func products(_ store: FeatureStore, _ ids: [RowID]) throws -> [[[Double]]] {
    try ids.map { id in
      let anchors = history(of: id).fulls
      let values = try anchors.map { try store.values([id], slots: [$0.slot]).to(.float64) }
      return try values.map { first in try values.map { try (first * $0).sum().item() } }
    }
  }

  /// Notes what was done at an evaluation.
  mutating func advance(full: [RowID], all ids: [RowID], at place: Double) {
    for id in full {
      var history = history(of: id)
      history.addFull(at: place)
      histories[id] = history
    }
    guard forecast.keepsForecasts else { return }
    for id in ids {
      var history = history(of: id)
      history.addRecent(at: place)
      histories[id] = history
    }
  }
}
