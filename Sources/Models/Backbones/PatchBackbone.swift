import Nets
import Samples

/// A backbone that cuts items into patches and runs them as tokens through one trunk, as every family does.
protocol PatchBackbone: Backbone {
  associatedtype Configuration: BackboneConfiguration
  /// What the model was built from.
  var configuration: Configuration { get }
  /// The blocks.
  var trunk: Trunk { get }
}

extension PatchBackbone {
  /// The shape of one item.
  public var itemShape: ItemShape { configuration.shape.item }

  /// The number of patches.
  public var tokenCount: Int { configuration.shape.patchCount }

  /// The conditions that the network takes.
  public var conditions: ConditionShape { configuration.shape.conditions }

  /// The number of blocks.
  public var depth: Int { trunk.depth }

  /// The block's own count.
  public func blockFLOPs(_ index: Int, tokens: Int) -> Double {
    trunk.blockFLOPs(index, tokens: tokens)
  }

  /// The projections of the trunk's extensions.
  public func projectionFLOPs(routing: (any TokenRouting)?) throws -> Double {
    try trunk.projectionFLOPs(tokens: tokenCount, routing: routing)
  }
}
