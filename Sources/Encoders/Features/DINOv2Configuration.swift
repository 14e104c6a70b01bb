/// The size of a DINOv2 network.
public struct DINOv2Configuration: Sendable {
  /// The width of a token.
  public var width: Int
  /// The number of blocks.
  public var depth: Int
  /// The number of attention heads.
  public var heads: Int
  /// The number of register tokens: tokens besides the class token that have no position in the
  /// picture.
  public var registers = 0
  /// Whether the feed-forward networks are gated (SwiGLU), as in the largest network.
  public var isGated = false
  /// The side of a patch in pixels.
  public var patch = 14
  /// Patches per side of the trained position embeddings: pictures of 518 pixels.
  public var gridSide = 37

  /// Creates a size from its parts.
  public init(
    width: Int, depth: Int, heads: Int, registers: Int = 0, isGated: Bool = false, patch: Int = 14,
    gridSide: Int = 37
  ) {
    self.width = width
    self.depth = depth
    self.heads = heads
    self.registers = registers
    self.isGated = isGated
    self.patch = patch
    self.gridSide = gridSide
  }

  /// The published sizes, by the last part of their names.
  public static let published: [String: DINOv2Configuration] = [
    "vits14": DINOv2Configuration(width: 384, depth: 12, heads: 6),
    "vitb14": DINOv2Configuration(width: 768, depth: 12, heads: 12),
    "vitl14": DINOv2Configuration(width: 1024, depth: 24, heads: 16),
    "vitg14": DINOv2Configuration(width: 1536, depth: 40, heads: 24, isGated: true),
  ]
}
