import Diagnostics

/// The sizes of a SiT.
public struct SiTSize: Codable, Equatable, Sendable {
  /// The number of blocks.
  public var depth: Int
  /// The width of a token.
  public var width: Int
  /// The number of attention heads.
  public var heads: Int

  /// Named sizes. S, B, L and XL are the published ones; XS and Ti are ours, for CPUs.
  public static let named: [String: SiTSize] = [
    "Ti": SiTSize(depth: 6, width: 128, heads: 4),
    "XS": SiTSize(depth: 8, width: 256, heads: 4),
    "S": SiTSize(depth: 12, width: 384, heads: 6),
    "B": SiTSize(depth: 12, width: 768, heads: 12),
    "L": SiTSize(depth: 24, width: 1_024, heads: 16),
    "XL": SiTSize(depth: 28, width: 1_152, heads: 16),
  ]

  /// Describes a size.
  public init(depth: Int, width: Int, heads: Int) {
    self.depth = depth
    self.width = width
    self.heads = heads
  }
}

/// Everything that determines a SiT's shapes.
public struct SiTConfiguration: BackboneConfiguration, Codable, Equatable, Sendable {
  /// The sizes of the transformer.
  public var size: SiTSize
  /// The side of a patch, in pixels or latent cells.
  public var patch: Int
  /// The MLP's hidden width relative to the token width.
  public var mlpRatio: Int
  /// The channels of the state.
  public var channels: Int
  /// The side of the square state.
  public var side: Int
  /// The number of classes, without the null class.
  public var classCount: Int

  /// Describes a model.
  public init(
    size: SiTSize, patch: Int, mlpRatio: Int = 4, channels: Int, side: Int, classCount: Int
  ) {
    self.size = size
    self.patch = patch
    self.mlpRatio = mlpRatio
    self.channels = channels
    self.side = side
    self.classCount = classCount
  }

  /// Reads a preset such as `SiT-B/2`: a named size and a patch size.
  ///
  /// - Throws: ``PeregrineError`` `.usage` with the known names.
  public init(preset: String, channels: Int, side: Int, classCount: Int) throws {
    let named = try Preset(preset, family: "SiT", sizes: SiTSize.named)
    self.init(
      size: named.size, patch: named.patch, channels: channels, side: side, classCount: classCount)
  }

  /// The number of blocks.
  public var depth: Int { size.depth }

  /// A SiT with weights of zero.
  public func makeBackbone() throws -> any Backbone { try SiT(self) }
}
