import Models
import Nets
import Samples
import Tensors

/// A backbone that computes a given function and records its inputs.
public final class PlainBackbone: Backbone {
  /// The shape of an item.
  public let itemShape: ItemShape
  /// One token per item.
  public let tokenCount = 1
  /// The kinds of condition: classes.
  public let conditions: ConditionShape
  /// No blocks.
  public let depth = 0
  /// Floating-point operations are not counted.
  public let forwardFLOPs = 0.0
  /// No parameters.
  public let members: [Member] = []
  /// The labels of every call, in order.
  public private(set) var labels: [[Int64]] = []
  /// The times of every call, in order.
  public private(set) var times: [[Double]] = []
  private let function: (Tensor, Tensor, Tensor) throws -> Tensor

  /// Creates a backbone that computes `function` of state, time (`[batch, 1, 1, 1]`) and labels
  /// (the same shape, as floating-point numbers).
  public init(
    itemShape: [Int], classCount: Int = 10,
    _ function: @escaping (Tensor, Tensor, Tensor) throws -> Tensor
  ) {
    self.itemShape = ItemShape(dimensions: itemShape)
    conditions = ConditionShape(classes: classCount)
    self.function = function
  }

  /// Floating-point operations are not counted.
  public func blockFLOPs(_ index: Int, tokens: Int) -> Double { 0 }

  /// Floating-point operations are not counted.
  public func projectionFLOPs(routing: (any TokenRouting)?) -> Double { 0 }

  /// Runs the function.
  public func callAsFunction(
    _ x: DiffusionState, time: Tensor, conditions: Conditions, context: ForwardContext
  ) throws -> BackboneOutput {
    let x = x.item
    let labels = try conditions.labels ?? .zeros([x.shape[0]], dtype: .int64)
    self.labels.append(try labels.scalars(Int64.self))
    times.append(try time.scalars(Double.self))
    let column = [x.shape[0]] + [Int](repeating: 1, count: x.shape.count - 1)
    return BackboneOutput(
      DiffusionState(try function(x, time.reshaped(column), labels.to(x.dtype).reshaped(column))))
  }
}
