import Nets

/// Everything that determines a ``Mamba``'s shapes.
public struct MambaConfiguration: BackboneConfiguration {
  /// The number of blocks, and the sizes of each one's mixer.
  public struct Size: Codable, Equatable, Sendable {
    /// The number of blocks.
    public var depth: Int
    /// The sizes of a block's mixer.
    public var mixer: SelectiveScanSizes

    /// Describes a size; scanned in both directions unless `mixer` says otherwise.
    public init(depth: Int, mixer: SelectiveScanSizes) {
      self.depth = depth
      self.mixer = mixer
    }
  }

  /// `Mamba`.
  public static let family = "Mamba"
  /// Depth and width: as many weights as the SiT of that name within 5 %, and 1.1 to 1.2 times its work
  /// on 64 tokens.
  public static let sizes = [
    "Ti": Size(depth: 10, mixer: SelectiveScanSizes(width: 128)),
    "XS": Size(depth: 14, mixer: SelectiveScanSizes(width: 256)),
    "S": Size(depth: 22, mixer: SelectiveScanSizes(width: 384)),
  ]

  /// The sizes of the model.
  public var size: Size
  /// What is read and written.
  public var shape: BackboneShape
  /// SPRINT and alignment, where asked for.
  public var options = BackboneOptions.plain

  /// Describes a model.
  public init(size: Size, shape: BackboneShape) {
    self.size = size
    self.shape = shape
  }

  /// The number of blocks.
  public var depth: Int { size.depth }

  /// A Mamba with weights of zero.
  public func makeBackbone() throws -> any Backbone { try Mamba(self) }
}
