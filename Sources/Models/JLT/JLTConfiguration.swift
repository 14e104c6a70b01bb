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

  /// The size of the transformer.
  public var size: TransformerSize
  /// The shape of input and output.
  public var shape: BackboneShape
  /// SPRINT and alignment, if asked for, and the MLP ratio, which presets leave at 4.
  public var options = BackboneOptions.plain
  /// Whether the weights predict JLT's velocity, which points from noise to data and is therefore
  /// negated.
  public var predictsReversedVelocity = false

  /// Creates the configuration of a plain model.
  public init(size: TransformerSize, shape: BackboneShape) {
    self.size = size
    self.shape = shape
  }

  /// The number of blocks.
  public var depth: Int { size.depth }

  /// The SwiGLU's hidden width in block `index`: ⌊2/3 · ⌊ratio · width⌋⌋; the published ratio is 4.
  public func hidden(ofBlock index: Int) -> Int {
    2 * Int(options.mlpRatio(ofBlock: index, depth: depth) * Double(size.width)) / 3
  }

  /// Builds a JLT with zero weights.
  public func makeBackbone() throws -> any Backbone { try JLT(self) }
}
