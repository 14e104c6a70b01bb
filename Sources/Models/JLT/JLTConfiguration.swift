import Diagnostics

/// Everything that determines a JLT's shapes.
public struct JLTConfiguration: BackboneConfiguration, Codable, Equatable {
  /// The number of blocks.
  public var depth: Int
  /// The width of a token.
  public var width: Int
  /// The number of attention heads.
  public var heads: Int
  /// The side of a patch, in latent cells.
  public var patch: Int
  /// The channels of the state.
  public var channels: Int
  /// The side of the square state.
  public var side: Int
  /// The number of classes, without the null class.
  public var classCount: Int
  /// SPRINT and alignment, where asked for.
  public var options = BackboneOptions.plain
  /// Whether the weights answer with JLT's velocity, from noise to data, whose sign is turned.
  public var predictsReversedVelocity = false

  /// Depth, width and heads of the published sizes.
  private static let sizes: [String: (depth: Int, width: Int, heads: Int)] = [
    "B": (12, 768, 12), "L": (24, 1_024, 16), "H": (32, 1_280, 16),
  ]

  /// Describes a model.
  public init(
    depth: Int, width: Int, heads: Int, patch: Int, channels: Int, side: Int, classCount: Int
  ) {
    self.depth = depth
    self.width = width
    self.heads = heads
    self.patch = patch
    self.channels = channels
    self.side = side
    self.classCount = classCount
  }

  /// Reads a preset such as `JLT-B/1`: a named size and a patch size.
  ///
  /// - Throws: ``PeregrineError`` `.usage` with the known names, or naming an option that a JLT does not
  ///   have.
  public init(
    preset: String, channels: Int, side: Int, classCount: Int, options: BackboneOptions = .plain
  ) throws {
    try options.requireFixedBlocks(of: "JLT")
    let named = try Preset(preset, family: "JLT", sizes: Self.sizes)
    self.init(
      depth: named.size.depth, width: named.size.width, heads: named.size.heads,
      patch: named.patch, channels: channels, side: side, classCount: classCount)
    self.options = options
  }

  /// The gated values of a block's MLP: ⌊2/3 · 4 · width⌋.
  public var hidden: Int { 8 * width / 3 }

  /// A JLT with weights of zero.
  public func makeBackbone() throws -> any Backbone { try JLT(self) }
}
