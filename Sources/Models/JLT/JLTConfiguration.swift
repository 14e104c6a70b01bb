/// Everything that determines a JLT's shapes.
public struct JLTConfiguration: BackboneConfiguration {
  /// `JLT`.
  public static let family = "JLT"
  /// The published sizes.
  public static let sizes = [
    "B": TransformerSize(depth: 12, width: 768, heads: 12),
    "L": TransformerSize(depth: 24, width: 1_024, heads: 16),
    "H": TransformerSize(depth: 32, width: 1_280, heads: 16),
  ]

  /// The sizes of the transformer.
  public var size: TransformerSize
  /// What is read and written.
  public var shape: BackboneShape
  /// SPRINT and alignment, where asked for, and the MLP's ratio, which presets leave at 4.
  public var options = BackboneOptions.plain
  /// Whether the weights answer with JLT's velocity, from noise to data, whose sign is turned.
  public var predictsReversedVelocity = false

  /// Describes a model.
  public init(size: TransformerSize, shape: BackboneShape) {
    self.size = size
    self.shape = shape
  }

  /// The number of blocks.
  public var depth: Int { size.depth }

  /// The gated values of block `index`'s MLP: ⌊2/3 · ⌊ratio · width⌋⌋, with a ratio of 4 as published.
  public func hidden(ofBlock index: Int) -> Int {
    2 * Int(options.mlpRatio(ofBlock: index, depth: depth) * Double(size.width)) / 3
  }

  /// A JLT with weights of zero.
  public func makeBackbone() throws -> any Backbone { try JLT(self) }
}
