import Models
import Nets
import Samples
import Tensors

/// A backbone that wraps another one and records its inputs and outputs.
public final class RecordingBackbone: Backbone {
  /// The state of each call, in order.
  public private(set) var inputs: [DiffusionState] = []
  /// The prediction of each call, in order.
  public private(set) var outputs: [Tensor] = []
  private let base: any Backbone

  /// Wraps a backbone.
  public init(_ base: any Backbone) { self.base = base }

  /// Forwarded to the wrapped backbone.
  public var members: [Member] { base.members }
  /// Forwarded to the wrapped backbone.
  public var itemShape: ItemShape { base.itemShape }
  /// Forwarded to the wrapped backbone.
  public var tokenCount: Int { base.tokenCount }
  /// Forwarded to the wrapped backbone.
  public var conditions: ConditionShape { base.conditions }
  /// Forwarded to the wrapped backbone.
  public var depth: Int { base.depth }
  /// Forwarded to the wrapped backbone.
  public var forwardFLOPs: Double { base.forwardFLOPs }
  /// Forwarded to the wrapped backbone.
  public func blockFLOPs(_ index: Int, tokens: Int) -> Double {
    base.blockFLOPs(index, tokens: tokens)
  }

  /// Forwarded to the wrapped backbone.
  public func projectionFLOPs(routing: (any TokenRouting)?) throws -> Double {
    try base.projectionFLOPs(routing: routing)
  }

  /// Forwarded to the wrapped backbone.
  public var classTokenWidth: Int? { base.classTokenWidth }

  /// Runs the wrapped backbone and records input and output.
  public func callAsFunction(
    _ x: DiffusionState, time: Tensor, conditions: Conditions, context: ForwardContext
  ) throws -> BackboneOutput {
    let output = try base(x, time: time, conditions: conditions, context: context)
    inputs.append(x)
    outputs.append(output.prediction.item)
    return output
  }
}
