import Samples
import Tensors

/// What the rows of a batch are asked for, as tensors. A kind that the model does not take is `nil`.
public struct Conditions {
  /// The class of each row, `[batch]` int64; the number of classes itself stands for "no class".
  public var labels: Tensor?
  /// The representation of each row.
  public var vectors: GivenRows?
  /// The tokens that each row attends to.
  public var context: ContextTokens?

  /// Classes alone.
  public init(labels: Tensor) { self.labels = labels }

  /// The conditions of some rows, for a model of a given shape.
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

/// A vector for each row, or none: then the row gets a learned null.
public struct GivenRows {
  /// `[batch, width]`, zeros where nothing is given.
  public var values: Tensor
  /// `[batch, 1]`, 1 where a vector is given and 0 elsewhere; in the dtype of the values.
  public var isGiven: Tensor

  init(_ rows: [[Float]?], width: Int, dtype: DType, device: Device) throws {
    let empty = [Float](repeating: 0, count: width)
    values = try Tensor(
      rows.flatMap { $0 ?? empty }, shape: [rows.count, width], dtype: dtype, device: device)
    isGiven = try Tensor(
      rows.map { $0 == nil ? Float(0) : 1 }, shape: [rows.count, 1], dtype: dtype, device: device)
  }
}

/// Tokens beside the item's, as many for each row as the longest has; the mask tells which are real.
public struct ContextTokens {
  /// `[batch, tokens, width]`.
  public var tokens: Tensor
  /// `[batch, tokens]`, 1 for real tokens and 0 for padding; in the dtype of the tokens.
  public var mask: Tensor

  /// Tokens with their mask.
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
