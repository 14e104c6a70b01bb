import Diagnostics
import Nets

/// Everything that determines a ``Mamba``'s shapes.
public struct MambaConfiguration: BackboneConfiguration, Codable, Equatable {
  /// The number of blocks.
  public var depth: Int
  /// The sizes of each block's mixer.
  public var mixer: SelectiveScanSizes
  /// The side of a patch, in pixels or latent cells.
  public var patch: Int
  /// The channels of the state.
  public var channels: Int
  /// The side of the square state.
  public var side: Int
  /// The number of classes, without the null class.
  public var classCount: Int
  /// SPRINT and alignment, where asked for.
  public var options = BackboneOptions.plain

  /// Depth and width: as many weights as the SiT of that name within 5 %, and 1.1 to 1.2 times its work
  /// on 64 tokens.
  private static let sizes: [String: (depth: Int, width: Int)] = [
    "Ti": (10, 128), "XS": (14, 256), "S": (22, 384),
  ]

  /// Describes a model; scanned in both directions unless `mixer` says otherwise.
  public init(
    depth: Int, mixer: SelectiveScanSizes, patch: Int, channels: Int, side: Int, classCount: Int
  ) {
    self.depth = depth
    self.mixer = mixer
    self.patch = patch
    self.channels = channels
    self.side = side
    self.classCount = classCount
  }

  /// Reads a preset such as `Mamba-XS/1`: a named size and a patch size.
  ///
  /// - Throws: ``PeregrineError`` `.usage` with the known names, or naming an option that a Mamba does
  ///   not have.
  public init(
    preset: String, channels: Int, side: Int, classCount: Int, options: BackboneOptions = .plain
  ) throws {
    try options.requireFixedBlocks(of: "Mamba")
    let named = try Preset(preset, family: "Mamba", sizes: Self.sizes)
    self.init(
      depth: named.size.depth, mixer: SelectiveScanSizes(width: named.size.width),
      patch: named.patch, channels: channels, side: side, classCount: classCount)
    self.options = options
  }

  /// The patches along one side.
  var grid: Int { side / patch }

  /// A Mamba with weights of zero.
  public func makeBackbone() throws -> any Backbone { try Mamba(self) }

  /// Checks that the numbers fit each other.
  ///
  /// - Throws: ``PeregrineError`` `.usage` naming those that do not.
  func validate() throws {
    guard patch > 0, side % patch == 0, channels > 0, classCount > 0, depth > 0,
      mixer.width % 4 == 0
    else {
      throw PeregrineError(
        .usage, doing: "building a Mamba",
        found: "side \(side), patch \(patch), depth \(depth), width \(mixer.width), "
          + "\(channels) channels, \(classCount) classes",
        expected:
          "a side that is a multiple of the patch, a width that is a multiple of 4, a block, "
          + "a channel, a class", advice: "Choose another preset, for example `Mamba-XS/1`.")
    }
  }
}
