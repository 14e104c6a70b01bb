import Samples
import Tensors

/// The conditions of a batch as tensors. A kind that the model does not take is `nil`.
public struct Conditions {
  /// The class of each row, `[batch]` int64; an index equal to the number of classes means "no class".
  public var labels: Tensor?
  /// The representation of each row.
  public var vectors: GivenRows?
  /// The context tokens of each row.
  public var context: ContextTokens?

  /// Creates conditions with classes alone.
  public init(labels: Tensor) { self.labels = labels }

  /// Creates the conditions of some rows, for a model with the given condition shape.
  ///
  /// - Throws: ``PeregrineError`` `.usage` for a condition that the model cannot take.
  public init(_ rows: [Condition], shape: ConditionShape, dtype: DType, device: Device) throws {
    for row in rows { try shape.check(row, doing: "reading what samples are asked for") }
    if let classes = shape.classes {
      labels = try Tensor(
        rows.map { Int64($0.label ?? classes) }, shape: [rows.count], device: device)
    }
    if let width = shape.vectorWidth {
      vectors = try GivenRows(rows.map(\.vector), width: width, dtype: dtype, device: device)
    }
    if let width = shape.contextWidth {
      context = try ContextTokens(rows.map(\.context), width: width, dtype: dtype, device: device)
    }
  }
}

/// An optional vector for each row. A row without one gets a learned null.
public struct GivenRows {
  /// `[batch, width]`, zeros where no vector is given.
  public var values: Tensor
  /// `[batch, 1]`, 1 where a vector is given and 0 elsewhere, in the dtype of the values.
  public var isGiven: Tensor

  init(_ rows: [[Float]?], width: Int, dtype: DType, device: Device) throws {
    let empty = [Float](repeating: 0, count: width)
    values = try Tensor(
      rows.flatMap { $0 ?? empty }, shape: [rows.count, width], dtype: dtype, device: device)
    isGiven = try Tensor(
      rows.map { $0 == nil ? Float(0) : 1 }, shape: [rows.count, 1], dtype: dtype, device: device)
  }
}

/// Context tokens, padded to the length of the longest row, with a mask of the real ones.
public struct ContextTokens {
  /// `[batch, tokens, width]`.
  public var tokens: Tensor
  /// `[batch, tokens]`, 1 for real tokens and 0 for padding, in the dtype of the tokens.
  public var mask: Tensor

  /// Creates context tokens with their mask.
  public init(tokens: Tensor, mask: Tensor) {
    self.tokens = tokens
    self.mask = mask
  }

  /// Pads the rows to one length, at least 1. A row without tokens has an empty mask.
  init(_ rows: [[[Float]]?], width: Int, dtype: DType, device: Device) throws {
    let length = max(1, rows.map { $0?.count ?? 0 }.max() ?? 0)
    let empty = [Float](repeating: 0, count: width)
    let padded = rows.map { row in
      (row ?? []) + [[Float]](repeating: empty, count: length - (row?.count ?? 0))
    }
    tokens = try Tensor(
      padded.flatMap { $0.flatMap { $0 } }, shape: [rows.count, length, width], dtype: dtype,
      device: device)
    let real = rows.flatMap { row in (0..<length).map { $0 < row?.count ?? 0 ? Float(1) : 0 } }
    mask = try Tensor(real, shape: [rows.count, length], dtype: dtype, device: device)
  }
}
