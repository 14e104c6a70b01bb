/// The size of a transformer.
public struct TransformerSize: Codable, Equatable, Sendable {
  /// The number of blocks.
  public var depth: Int
  /// The width of a token.
  public var width: Int
  /// The number of attention heads.
  public var heads: Int

  /// The named sizes. S, B, L and XL are as published for DiT and SiT; XS and Ti are ours, for CPUs.
  public static let named: [String: TransformerSize] = [
    "Ti": TransformerSize(depth: 6, width: 128, heads: 4),
    "XS": TransformerSize(depth: 8, width: 256, heads: 4),
    "S": TransformerSize(depth: 12, width: 384, heads: 6),
    "B": TransformerSize(depth: 12, width: 768, heads: 12),
    "L": TransformerSize(depth: 24, width: 1_024, heads: 16),
    "XL": TransformerSize(depth: 28, width: 1_152, heads: 16),
  ]

  /// Creates a size.
  public init(depth: Int, width: Int, heads: Int) {
    self.depth = depth
    self.width = width
    self.heads = heads
  }
}
