import Tensors

/// Which picture a row of a batch belongs to, and which of guidance's predictions it makes.
public struct RowID: Hashable, Sendable {
  /// The index of the picture under its seed.
  public var picture: Int
  /// Which prediction.
  public var branch: Branch

  /// The predictions that guidance combines; without guidance every row is strong.
  public enum Branch: String, Codable, CaseIterable, Sendable {
    case strong, weak
  }

  /// Names a row.
  public init(picture: Int, branch: Branch = .strong) {
    self.picture = picture
    self.branch = branch
  }
}

/// Some rows of a batch, in order, and what they are.
public struct RowSet {
  /// What each row is. Empty outside of sampling, where nobody asks.
  public let ids: [RowID]
  /// The places of the rows in the tensors at hand, int64; `nil` for all of them.
  private let places: Tensor?

  /// All rows of a batch.
  public init(_ ids: [RowID] = []) {
    self.ids = ids
    places = nil
  }

  private init(_ ids: [RowID], places: Tensor?) {
    self.ids = ids
    self.places = places
  }

  /// Whether these are all rows of the tensors at hand.
  public var isWhole: Bool { places == nil }

  /// Some of these rows, by their places among them.
  public func choosing(_ chosen: [Int], on device: Device = .cpu) throws -> RowSet {
    precondition(isWhole, "Rows are chosen from a whole set.")
    return RowSet(
      ids.isEmpty ? [] : chosen.map { ids[$0] },
      places: try Tensor(chosen.map(Int64.init), shape: [chosen.count], device: device))
  }

  /// The chosen rows of a tensor whose first dimension is the batch.
  public func of(_ tensor: Tensor) throws -> Tensor {
    guard let places else { return tensor }
    return try tensor.selecting(0, places)
  }

  /// `tensor` with these rows replaced by those of `fresh`, in order.
  public func replacing(in tensor: Tensor, with fresh: Tensor) throws -> Tensor {
    guard let places else { return fresh }
    let shape = [fresh.shape[0]] + [Int](repeating: 1, count: fresh.shape.count - 1)
    return try tensor.scattering(fresh, 0, places.reshaped(shape).expanded(fresh.shape))
  }

  /// The same rows, for tensors that hold no others.
  var alone: RowSet { RowSet(ids) }
}
