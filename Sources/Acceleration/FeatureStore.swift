import Diagnostics
import Models
import Tensors

/// The values of one site at earlier full steps, for every row of a batch.
///
/// Values are kept in slots, each a tensor `[rows, …]`. Rows may be written to different slots at one
/// step, because each has its own full steps. A whole batch in one slot is kept without copying.
final class FeatureStore {
  private var slots: [Tensor?]
  /// The rows of the slots' tensors.
  private var order: [RowID] = []
  private var places: [RowID: Int] = [:]

  /// Creates an empty store.
  init(slots count: Int) { slots = Array(repeating: nil, count: count) }

  /// Stores the values of some rows.
  ///
  /// - Parameters:
  ///   - values: `[rows, …]`, one for each identity.
  ///   - slot: the slot of each row.
  func put(_ values: Tensor, _ ids: [RowID], slots slot: [Int]) throws {
    try admit(ids, like: values)
    for target in Set(slot) {
      let rows = ids.indices.filter { slot[$0] == target }
      if rows.count == order.count, ids == order {
        slots[target] = values
        continue
      }
      let chosen = rows.count == ids.count ? values : try values.selecting(0, indices(rows, values))
      let kept = try slots[target] ?? .zeros(like: values, rows: order.count)
      let positions = rows.compactMap { places[ids[$0]] }
      slots[target] = try kept.replacing(rows: indices(positions, values), with: chosen)
    }
  }

  /// The weighted sum of each row's values, plus `base`.
  ///
  /// - Parameter weights: for each row the weight of each slot.
  func sum(_ ids: [RowID], weights: [[Double]], base: Tensor?) throws -> Tensor {
    let used = slots.indices.filter { slot in weights.contains { $0[slot] != 0 } }
    let terms = try used.map { slot -> Tensor in
      guard let values = slots[slot] else {
        throw PeregrineError(
          .failure, doing: "forecasting from caches", found: "an empty cache", expected: "a value")
      }
      return try rows(ids, of: values)
    }
    guard !terms.isEmpty else {
      throw PeregrineError(
        .failure, doing: "forecasting from caches", found: "no weights", expected: "some")
    }
    return try Tensor.weightedSum(
      terms, weights: weights.map { row in used.map { row[$0] } }, base: base)
  }

  /// The values of one slot for some rows.
  func values(_ ids: [RowID], slots slot: [Int]) throws -> Tensor {
    try sum(ids, weights: slot.map { mine in slots.indices.map { $0 == mine ? 1 : 0 } }, base: nil)
  }

  /// Adds rows that were not there before, as those of guidance that begins later.
  private func admit(_ ids: [RowID], like values: Tensor) throws {
    let new = ids.filter { places[$0] == nil }
    guard !new.isEmpty else { return }
    for id in new {
      places[id] = order.count
      order.append(id)
    }
    let added = new.count
    guard order.count > added else { return }
    slots = try slots.map { slot in
      try slot.map { try .concatenated([$0, .zeros(like: $0, rows: added)], dim: 0) }
    }
  }

  private func rows(_ ids: [RowID], of values: Tensor) throws -> Tensor {
    if ids == order { return values }
    let positions = ids.compactMap { places[$0] }
    if positions == Array(0..<ids.count) { return try values.sliced(0, 0..<ids.count) }
    return try values.selecting(0, indices(positions, values))
  }

  private func indices(_ rows: [Int], _ like: Tensor) throws -> Tensor {
    try Tensor(rows.map(Int64.init), shape: [rows.count], device: like.device)
  }
}

extension Tensor {
  /// Zeros of another number of rows.
  fileprivate static func zeros(like tensor: Tensor, rows: Int) throws -> Tensor {
    try .zeros([rows] + tensor.shape.dropFirst(), dtype: tensor.dtype, device: tensor.device)
  }

  /// The tensor with some rows replaced.
  fileprivate func replacing(rows: Tensor, with fresh: Tensor) throws -> Tensor {
    let shape = [fresh.shape[0]] + [Int](repeating: 1, count: fresh.shape.count - 1)
    return try scattering(fresh, 0, rows.reshaped(shape).expanded(fresh.shape))
  }
}
