import Nets

/// Everything that determines a ``Mamba``'s shapes.
public struct MambaConfiguration: BackboneConfiguration {
  /// The number of blocks, and the sizes of each block's mixer.
  public struct Size: Codable, Equatable, Sendable {
    /// The number of blocks.
    public var depth: Int
    /// The sizes of a block's mixer.
    public var mixer: SelectiveScanSizes

    /// Creates a size. Tokens are scanned in both directions unless `mixer` says otherwise.
    public init(depth: Int, mixer: SelectiveScanSizes) {
      self.depth = depth
      self.mixer = mixer
    }
  }

  /// `Mamba`.
  public static let family = "Mamba"
  /// The named sizes. Each has as many weights as the SiT of that name, within 5 %, and on 64
  /// tokens 1.1 to 1.2 times its floating-point operations.
  public static let sizes = [
    "Ti": Size(depth: 10, mixer: SelectiveScanSizes(width: 128)),
    "XS": Size(depth: 14, mixer: SelectiveScanSizes(width: 256)),
    "S": Size(depth: 22, mixer: SelectiveScanSizes(width: 384)),
  ]

  /// The size of the model.
  public var size: Size
  /// The shape of input and output.
  public var shape: BackboneShape
  /// SPRINT and alignment, if asked for.
  public var options = BackboneOptions.plain

  /// Creates the configuration of a plain model.
  public init(size: Size, shape: BackboneShape) {
    self.size = size
    self.shape = shape
  }

  /// The number of blocks.
  public var depth: Int { size.depth }

  /// Builds a Mamba with zero weights.
  public func makeBackbone() throws -> any Backbone { try Mamba(self) }
}
