import Diagnostics

/// Everything that determines a backbone's shapes; a preset such as `SiT-B/2` names most of it.
public protocol BackboneConfiguration: Sendable {
  /// Reads a preset: a family, a named size and a patch size.
  ///
  /// - Parameter options: what the model has beyond the family's plain one.
  /// - Throws: ``PeregrineError`` `.usage` with the known sizes, or naming an option that the family
  ///   does not have.
  init(preset: String, channels: Int, side: Int, classCount: Int, options: BackboneOptions) throws
  /// The number of blocks that a routing is asked about.
  var depth: Int { get }
  /// The side of a patch, in pixels or latent cells.
  var patch: Int { get }
  /// Whether routes may take tokens out.
  var isRoutable: Bool { get }
  /// Whether the backbone holds its weights at a fixed magnitude, so that weight decay must be 0.
  var keepsWeightMagnitudes: Bool { get }
  /// The backbone, with weights of zero.
  func makeBackbone() throws -> any Backbone
}

extension BackboneConfiguration {
  /// Routes may.
  public var isRoutable: Bool { true }
  /// Weights are free.
  public var keepsWeightMagnitudes: Bool { false }
}

/// The families of backbones that a preset can name. A new family is one line here.
public enum Backbones {
  private static let families: [(name: String, configuration: any BackboneConfiguration.Type)] = [
    ("SiT", SiTConfiguration.self), ("JLT", JLTConfiguration.self),
    ("JiT", JiTConfiguration.self), ("Mamba", MambaConfiguration.self),
    ("MP-SiT", MagnitudePreservingSiTConfiguration.self),
  ]

  /// Reads a preset of any family.
  ///
  /// - Throws: ``PeregrineError`` `.usage` with the known families, or the family's sizes.
  public static func configuration(
    preset: String, channels: Int, side: Int, classCount: Int, options: BackboneOptions = .plain
  ) throws -> any BackboneConfiguration {
    guard let family = families.first(where: { preset.hasPrefix($0.name + "-") }) else {
      throw PeregrineError(
        .usage, doing: "choosing a model", found: "the preset `\(preset)`",
        expected: "FAMILY-SIZE/PATCH with FAMILY one of "
          + families.map(\.name).joined(separator: ", "),
        advice: "For example `SiT-S/2`.")
    }
    return try family.configuration.init(
      preset: preset, channels: channels, side: side, classCount: classCount, options: options)
  }

  /// The number of blocks of a preset, whatever the data.
  public static func depth(ofPreset preset: String) throws -> Int {
    try configuration(preset: preset, channels: 1, side: 1, classCount: 1).depth
  }
}
