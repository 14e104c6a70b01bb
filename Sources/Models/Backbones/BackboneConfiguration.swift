import Diagnostics
import Samples

/// Everything that determines a backbone's shapes. A preset such as `SiT-B/2` sets most of it.
public protocol BackboneConfiguration: Codable, Equatable, Sendable {
  /// The sizes in which the models of a family differ.
  associatedtype Size: Sendable
  /// The first part of the family's preset names.
  static var family: String { get }
  /// The named sizes.
  static var sizes: [String: Size] { get }
  /// Rejects options that the family does not have.
  ///
  /// - Throws: ``PeregrineError`` `.usage` naming the first such option.
  static func check(_ options: BackboneOptions) throws

  /// Creates the configuration of the family's plain model.
  init(size: Size, shape: BackboneShape)
  /// The shape of input and output.
  var shape: BackboneShape { get set }
  /// What is added to the family's plain model.
  var options: BackboneOptions { get set }
  /// The number of blocks, as routing counts them.
  var depth: Int { get }
  /// Whether token routing can be used.
  var isRoutable: Bool { get }
  /// Whether the backbone keeps its weights at a fixed magnitude, so that weight decay must be 0.
  var keepsWeightMagnitudes: Bool { get }
  /// Builds the backbone with zero weights.
  func makeBackbone() throws -> any Backbone
}

extension BackboneConfiguration {
  /// By default rejects every option that changes the published blocks or adds a class token.
  public static func check(_ options: BackboneOptions) throws {
    try options.requireFixedBlocks(of: family)
  }

  /// Creates the configuration of the family's plain model for square items with classes.
  public init(size: Size, patch: Int, channels: Int, side: Int, classCount: Int) {
    self.init(
      size: size,
      shape: BackboneShape(patch: patch, channels: channels, side: side, classCount: classCount))
  }

  /// Reads a preset: a family, a named size and a patch size.
  ///
  /// - Throws: ``PeregrineError`` `.usage` listing the known sizes, or naming an option that the
  ///   family does not have.
  public init(
    preset: String, item: ItemShape, conditions: ConditionShape,
    options: BackboneOptions = .plain
  ) throws {
    try Self.check(options)
    let named = try Preset(preset, family: Self.family, sizes: Self.sizes)
    self.init(
      size: named.size,
      shape: BackboneShape(patch: named.patch, item: item, conditions: conditions))
    self.options = options
  }

  /// By default `true`.
  public var isRoutable: Bool { true }
  /// By default `false`.
  public var keepsWeightMagnitudes: Bool { false }
}
