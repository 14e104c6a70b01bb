import Diagnostics
import Samples

/// Everything that determines a backbone's shapes; a preset such as `SiT-B/2` names most of it.
public protocol BackboneConfiguration: Codable, Equatable, Sendable {
  /// What tells the models of a family apart.
  associatedtype Size: Sendable
  /// The first part of the family's presets.
  static var family: String { get }
  /// The sizes that presets can name.
  static var sizes: [String: Size] { get }
  /// Refuses options that the family does not have.
  ///
  /// - Throws: ``PeregrineError`` `.usage` naming the first.
  static func check(_ options: BackboneOptions) throws

  /// Describes the family's plain model.
  init(size: Size, shape: BackboneShape)
  /// What is read and written.
  var shape: BackboneShape { get set }
  /// What the model has beyond the family's plain one.
  var options: BackboneOptions { get set }
  /// The number of blocks that a routing is asked about.
  var depth: Int { get }
  /// Whether routes may take tokens out.
  var isRoutable: Bool { get }
  /// Whether the backbone holds its weights at a fixed magnitude, so that weight decay must be 0.
  var keepsWeightMagnitudes: Bool { get }
  /// The backbone, with weights of zero.
  func makeBackbone() throws -> any Backbone
}

extension BackboneConfiguration {
  /// Blocks and class tokens are as published.
  public static func check(_ options: BackboneOptions) throws {
    try options.requireFixedBlocks(of: family)
  }

  /// Describes the family's plain model of square items with classes.
  public init(size: Size, patch: Int, channels: Int, side: Int, classCount: Int) {
    self.init(
      size: size,
      shape: BackboneShape(patch: patch, channels: channels, side: side, classCount: classCount))
  }

  /// Reads a preset: a family, a named size and a patch size.
  ///
  /// - Throws: ``PeregrineError`` `.usage` with the known sizes, or naming an option that the family
  ///   does not have.
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

  /// Routes may.
  public var isRoutable: Bool { true }
  /// Weights are free.
  public var keepsWeightMagnitudes: Bool { false }
}
