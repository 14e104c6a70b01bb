import Tensors

/// Which picture a row of a batch belongs to, and which of guidance's predictions it is for.
public struct RowID: Hashable, Sendable {
  /// The index of the picture in the sequence that its seed defines.
  public var picture: Int
  /// Which of the predictions.
  public var branch: Branch

  /// The two predictions that guidance combines; without guidance every row is strong.
  public enum Branch: String, Codable, CaseIterable, Sendable {
    case strong, weak
  }

  /// Creates a row's identity.
  public init(picture: Int, branch: Branch = .strong) {
    self.picture = picture
    self.branch = branch
  }
}

/// A subset of a batch's rows, in order, with their identities.
public struct RowSet {
  /// The identity of each row. Empty outside sampling, where it is not needed.
  public let ids: [RowID]
  /// The indices of the rows in the batch's tensors, int64; `nil` for all rows.
  private let places: Tensor?

  /// Creates the set of all rows of a batch.
  public init(_ ids: [RowID] = []) {
    self.ids = ids
    places = nil
  }

  private init(_ ids: [RowID], places: Tensor?) {
    self.ids = ids
    self.places = places
  }

  /// Whether these are all rows of the batch's tensors.
  public var isWhole: Bool { places == nil }

  /// The subset of rows at the given indices.
  public func choosing(_ chosen: [Int], on device: Device = .cpu) throws -> RowSet {
    precondition(isWhole, "Rows are chosen from a whole set.")
    return RowSet(
      ids.isEmpty ? [] : chosen.map { ids[$0] },
      places: try Tensor(chosen.map(Int64.init), shape: [chosen.count], device: device))
  }

  /// Selects these rows from a tensor whose first dimension is the batch.
  public func of(_ tensor: Tensor) throws -> Tensor {
    guard let places else { return tensor }
    return try tensor.selecting(0, places)
  }

  /// `tensor` with these rows replaced by the rows of `fresh`, in order.
  public func replacing(in tensor: Tensor, with fresh: Tensor) throws -> Tensor {
    guard let places else { return fresh }
    let shape = [fresh.shape[0]] + [Int](repeating: 1, count: fresh.shape.count - 1)
    return try tensor.scattering(fresh, 0, places.reshaped(shape).expanded(fresh.shape))
  }

  /// The same rows, for tensors that hold only them.
  var alone: RowSet { RowSet(ids) }
}
