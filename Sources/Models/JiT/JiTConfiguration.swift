import Diagnostics

/// Everything that determines a JiT's shapes.
public struct JiTConfiguration: BackboneConfiguration {
  /// The size of a transformer, and where its context tokens are prepended.
  public struct Size: Sendable {
    /// The size of the transformer.
    public var transformer: TransformerSize
    /// The block before which the copies of the class embedding are prepended.
    public var contextStart: Int

    /// Creates a size.
    public init(_ transformer: TransformerSize, contextStart: Int) {
      self.transformer = transformer
      self.contextStart = contextStart
    }
  }

  /// `JiT`.
  public static let family = "JiT"
  /// The published sizes that train without dropout.
  public static let sizes = [
    "B": Size(TransformerSize(depth: 12, width: 768, heads: 12), contextStart: 4),
    "L": Size(TransformerSize(depth: 24, width: 1_024, heads: 16), contextStart: 8),
  ]

  /// The configuration of the blocks and the shape, which are those of a JLT.
  public var blocks: JLTConfiguration
  /// The width of the bottleneck in the patch embedding.
  public var bottleneck = 128
  /// How many copies of the class embedding are prepended.
  public var contextTokens = 32
  /// The block before which they are prepended.
  public var contextStart: Int

  /// Creates the configuration of a plain model.
  public init(size: Size, shape: BackboneShape) {
    blocks = JLTConfiguration(size: size.transformer, shape: shape)
    contextStart = size.contextStart
  }

  /// Rejects options that change the published blocks, and SPRINT, because routing is not supported.
  public static func check(_ options: BackboneOptions) throws {
    try options.requireFixedBlocks(of: family)
    guard options.sprint == nil else {
      throw PeregrineError(
        .usage, doing: "choosing a model", found: "SPRINT for the family JiT",
        expected: "no routing: a JiT's context tokens join on the way, and routes do not know them",
        advice: "Choose a JLT or a SiT.")
    }
  }

  /// The shape of input and output.
  public var shape: BackboneShape {
    get { blocks.shape }
    set { blocks.shape = newValue }
  }

  /// Alignment, if asked for.
  public var options: BackboneOptions {
    get { blocks.options }
    set { blocks.options = newValue }
  }

  /// The number of blocks.
  public var depth: Int { blocks.depth }

  /// `false`: routes do not know the context tokens.
  public var isRoutable: Bool { false }

  /// Builds a JiT with zero weights.
  public func makeBackbone() throws -> any Backbone { try JiT(self) }
}
