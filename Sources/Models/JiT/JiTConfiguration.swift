import Diagnostics

/// Everything that determines a JiT's shapes.
public struct JiTConfiguration: BackboneConfiguration {
  /// A transformer's sizes, and where tokens join it.
  public struct Size: Sendable {
    /// The sizes of the transformer.
    public var transformer: TransformerSize
    /// The block before which the copies of the label join.
    public var contextStart: Int

    /// Describes a size.
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

  /// Blocks and shape, as a JLT has them.
  public var blocks: JLTConfiguration
  /// The width that patches are squeezed through on their way to a token.
  public var bottleneck = 128
  /// How many copies of the label join the tokens.
  public var contextTokens = 32
  /// The block before which they join.
  public var contextStart: Int

  /// Describes a model.
  public init(size: Size, shape: BackboneShape) {
    blocks = JLTConfiguration(size: size.transformer, shape: shape)
    contextStart = size.contextStart
  }

  /// Blocks are as published, and no tokens may leave.
  public static func check(_ options: BackboneOptions) throws {
    try options.requireFixedBlocks(of: family)
    guard options.sprint == nil else {
      throw PeregrineError(
        .usage, doing: "choosing a model", found: "SPRINT for the family JiT",
        expected: "no routing: a JiT's context tokens join on the way, and routes do not know them",
        advice: "Choose a JLT or a SiT.")
    }
  }

  /// What is read and written.
  public var shape: BackboneShape {
    get { blocks.shape }
    set { blocks.shape = newValue }
  }

  /// Alignment, where asked for.
  public var options: BackboneOptions {
    get { blocks.options }
    set { blocks.options = newValue }
  }

  /// The number of blocks.
  public var depth: Int { blocks.depth }

  /// No route may take tokens out.
  public var isRoutable: Bool { false }

  /// A JiT with weights of zero.
  public func makeBackbone() throws -> any Backbone { try JiT(self) }
}
