import Models
import Nets
import Samples
import Tensors

/// A backbone that answers as another one and remembers what went in and out.
public final class RecordingBackbone: Backbone {
  /// The states of every call, in order.
  public private(set) var inputs: [DiffusionState] = []
  /// The answers of every call, in order.
  public private(set) var outputs: [Tensor] = []
  private let base: any Backbone

  /// Wraps a backbone.
  public init(_ base: any Backbone) { self.base = base }

  /// As the base.
  public var members: [Member] { base.members }
  /// As the base.
  public var itemShape: ItemShape { base.itemShape }
  /// As the base.
  public var tokenCount: Int { base.tokenCount }
  /// As the base.
  public var conditions: ConditionShape { base.conditions }
  /// As the base.
  public var depth: Int { base.depth }
  /// As the base.
  public var forwardFLOPs: Double { base.forwardFLOPs }
  /// As the base.
  public func blockFLOPs(_ index: Int, tokens: Int) -> Double {
    base.blockFLOPs(index, tokens: tokens)
  }

  /// As the base.
  public func projectionFLOPs(routing: (any TokenRouting)?) throws -> Double {
    try base.projectionFLOPs(routing: routing)
  }

  /// As the base.
  public var classTokenWidth: Int? { base.classTokenWidth }

  /// Asks the base.
  public func callAsFunction(
    _ x: DiffusionState, time: Tensor, conditions: Conditions, context: ForwardContext
  ) throws -> BackboneOutput {
    let output = try base(x, time: time, conditions: conditions, context: context)
    inputs.append(x)
    outputs.append(output.prediction.item)
    return output
  }
}
