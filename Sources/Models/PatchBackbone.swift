import Nets

/// A backbone that cuts items into patches and runs them as tokens through one trunk, as every family does.
protocol PatchBackbone: Backbone {
  associatedtype Configuration: BackboneConfiguration
  /// What the model was built from.
  var configuration: Configuration { get }
  /// The blocks.
  var trunk: Trunk { get }
}

extension PatchBackbone {
  /// `[channels, side, side]`.
  public var itemShape: [Int] { configuration.shape.itemShape }

  /// The number of patches.
  public var tokenCount: Int { configuration.shape.patchCount }

  /// The number of classes.
  public var classCount: Int { configuration.shape.classCount }

  /// The number of blocks.
  public var depth: Int { trunk.depth }

  /// The alignment projector.
  public func projectionFLOPs(routing: (any TokenRouting)?) throws -> Double {
    try trunk.projectionFLOPs(tokens: tokenCount, routing: routing)
  }
}
