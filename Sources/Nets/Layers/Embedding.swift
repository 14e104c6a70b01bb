import Tensors

/// A table of learned vectors, looked up by index.
///
/// - Shapes: indices `[…]` int64, result `[…, width]`.
public final class Embedding: Module {
  /// `[entries, width]`.
  public let weight: Parameter

  /// Makes a table, drawn from a normal distribution.
  public init(entries: Int, width: Int, standardDeviation: Float = 0.02) throws {
    weight = try Parameter(
      shape: [entries, width], .normal(standardDeviation: standardDeviation))
  }

  /// `weight`.
  public var members: [Member] { [.parameter("weight", weight)] }

  /// Looks up rows.
  public func callAsFunction(_ indices: Tensor) throws -> Tensor {
    try weight.value.embedding(indices)
  }
}
