import Models
import Nets
import Tensors

/// A backbone that answers as another one and remembers what went in and out.
public final class RecordingBackbone: Backbone {
  /// The states of every call, in order.
  public private(set) var inputs: [Tensor] = []
  /// The answers of every call, in order.
  public private(set) var outputs: [Tensor] = []
  private let base: any Backbone

  /// Wraps a backbone.
  public init(_ base: any Backbone) { self.base = base }

  /// As the base.
  public var members: [Member] { base.members }
  /// As the base.
  public var itemShape: [Int] { base.itemShape }
  /// As the base.
  public var tokenCount: Int { base.tokenCount }
  /// As the base.
  public var classCount: Int { base.classCount }
  /// As the base.
  public var depth: Int { base.depth }
  /// As the base.
  public var forwardFLOPs: Double { base.forwardFLOPs }
  /// As the base.
  public func blockFLOPs(tokens: Int) -> Double { base.blockFLOPs(tokens: tokens) }

  /// Asks the base.
  public func callAsFunction(
    _ x: Tensor, time: Tensor, labels: Tensor, context: ForwardContext
  ) throws -> Tensor {
    inputs.append(x)
    outputs.append(try base(x, time: time, labels: labels, context: context))
    return outputs[outputs.count - 1]
  }
}
