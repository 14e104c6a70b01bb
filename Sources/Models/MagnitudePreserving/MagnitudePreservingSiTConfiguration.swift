import Diagnostics

/// Everything that determines the shapes of a ``MagnitudePreservingSiT``.
public struct MagnitudePreservingSiTConfiguration: BackboneConfiguration, Codable, Equatable {
  /// The sizes of the transformer.
  public var size: SiTSize
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

  /// Describes a model.
  public init(size: SiTSize, patch: Int, channels: Int, side: Int, classCount: Int) {
    self.size = size
    self.patch = patch
    self.channels = channels
    self.side = side
    self.classCount = classCount
  }

  /// Reads a preset such as `MP-SiT-XS/1`: a size of SiT and a patch size.
  ///
  /// - Throws: ``PeregrineError`` `.usage` with the known names, or naming an option that the family
  ///   does not have.
  public init(
    preset: String, channels: Int, side: Int, classCount: Int, options: BackboneOptions = .plain
  ) throws {
    try options.requireFixedBlocks(of: "MP-SiT")
    let named = try Preset(preset, family: "MP-SiT", sizes: SiTSize.named)
    self.init(
      size: named.size, patch: named.patch, channels: channels, side: side, classCount: classCount)
    self.options = options
  }

  /// The number of blocks.
  public var depth: Int { size.depth }

  /// Weights stay at magnitude 1.
  public var keepsWeightMagnitudes: Bool { true }

  /// The patches along one side.
  var grid: Int { side / patch }

  /// The values of a patch.
  var patchValues: Int { channels * patch * patch }

  /// The MLP's hidden width.
  var hidden: Int { 4 * size.width }

  /// A model with weights of zero.
  public func makeBackbone() throws -> any Backbone { try MagnitudePreservingSiT(self) }

  /// Checks that the numbers fit each other.
  func validate() throws {
    guard patch > 0, side % patch == 0, channels > 0, classCount > 0, size.width % 4 == 0,
      size.heads > 0, size.width % size.heads == 0
    else {
      throw PeregrineError(
        .usage, doing: "building an MP-SiT",
        found: "side \(side), patch \(patch), width \(size.width), \(size.heads) heads, "
          + "\(channels) channels, \(classCount) classes",
        expected:
          "a side that is a multiple of the patch, a width that is a multiple of 4 and of the "
          + "heads, a channel, a class",
        advice: "Choose another preset, for example `MP-SiT-XS/1`.")
    }
  }
}
