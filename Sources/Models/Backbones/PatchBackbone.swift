import Nets
import Samples

/// A backbone that cuts items into patches and runs them as tokens through a trunk. Every family is
/// one.
protocol PatchBackbone: Backbone {
  associatedtype Configuration: BackboneConfiguration
  /// The configuration that the model was built from.
  var configuration: Configuration { get }
  /// The blocks.
  var trunk: Trunk { get }
}

extension PatchBackbone {
  /// The shape of one item.
  public var itemShape: ItemShape { configuration.shape.item }

  /// The number of patches.
  public var tokenCount: Int { configuration.shape.patchCount }

  /// The kinds of condition that the network takes.
  public var conditions: ConditionShape { configuration.shape.conditions }

  /// The number of blocks.
  public var depth: Int { trunk.depth }

  /// Floating-point operations of one block.
  public func blockFLOPs(_ index: Int, tokens: Int) -> Double {
    trunk.blockFLOPs(index, tokens: tokens)
  }

  /// Floating-point operations of the projections in the trunk's extensions.
  public func projectionFLOPs(routing: (any TokenRouting)?) throws -> Double {
    try trunk.projectionFLOPs(tokens: tokenCount, routing: routing)
  }
}
