import Diagnostics

/// Everything that determines a JiT's shapes.
public struct JiTConfiguration: BackboneConfiguration, Codable, Equatable {
  /// Depth, width, heads, patch, channels, side and classes, as a JLT has them.
  public var blocks: JLTConfiguration
  /// The width that patches are squeezed through on their way to a token.
  public var bottleneck: Int
  /// How many copies of the label join the tokens.
  public var contextTokens = 32
  /// The block before which they join.
  public var contextStart: Int

  /// The published sizes that train without dropout.
  private static let sizes: [String: (shape: [Int], contextStart: Int)] = [
    "B": ([12, 768, 12], 4), "L": ([24, 1_024, 16], 8),
  ]

  /// Describes a model.
  public init(blocks: JLTConfiguration, bottleneck: Int, contextStart: Int) {
    self.blocks = blocks
    self.bottleneck = bottleneck
    self.contextStart = contextStart
  }

  /// Reads a preset such as `JiT-B/16`: a named size and a patch size.
  ///
  /// - Throws: ``PeregrineError`` `.usage` with the known names, or naming an option that a JiT does not
  ///   have.
  public init(
    preset: String, channels: Int, side: Int, classCount: Int, options: BackboneOptions
  ) throws {
    try options.requireFixedBlocks(of: "JiT")
    guard options.sprint == nil else {
      throw PeregrineError(
        .usage, doing: "choosing a model", found: "SPRINT for the family JiT",
        expected: "no routing: a JiT's context tokens join on the way, and routes do not know them",
        advice: "Choose a JLT or a SiT.")
    }
    let named = try Preset(preset, family: "JiT", sizes: Self.sizes)
    let shape = named.size.shape
    var blocks = JLTConfiguration(
      depth: shape[0], width: shape[1], heads: shape[2], patch: named.patch, channels: channels,
      side: side, classCount: classCount)
    blocks.options = options
    self.init(blocks: blocks, bottleneck: 128, contextStart: named.size.contextStart)
  }

  /// The number of blocks.
  public var depth: Int { blocks.depth }

  /// The side of a patch, in pixels.
  public var patch: Int { blocks.patch }

  /// No route may take tokens out.
  public var isRoutable: Bool { false }

  /// A JiT with weights of zero.
  public func makeBackbone() throws -> any Backbone { try JiT(self) }
}
