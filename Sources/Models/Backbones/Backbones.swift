import Diagnostics
import Samples

/// The registry of backbone families. A new family is one line here.
public enum Backbones {
  private static let families: [any BackboneConfiguration.Type] = [
    SiTConfiguration.self, JLTConfiguration.self, JiTConfiguration.self, MambaConfiguration.self,
    MagnitudePreservingSiTConfiguration.self,
  ]

  /// Reads a preset of any family.
  ///
  /// - Throws: ``PeregrineError`` `.usage` listing the known families, or the family's sizes.
  public static func configuration(
    preset: String, item: ItemShape, conditions: ConditionShape,
    options: BackboneOptions = .plain
  ) throws -> any BackboneConfiguration {
    guard let family = families.first(where: { preset.hasPrefix($0.family + "-") }) else {
      throw PeregrineError(
        .usage, doing: "choosing a model", found: "the preset `\(preset)`",
        expected: "FAMILY-SIZE/PATCH with FAMILY one of "
          + families.map { $0.family }.joined(separator: ", "),
        advice: "For example `SiT-S/2`.")
    }
    return try family.init(
      preset: preset, item: item, conditions: conditions, options: options)
  }

  /// Reads a preset without knowing the data, for what does not depend on it: the depth, and what the
  /// family supports.
  public static func configuration(preset: String, options: BackboneOptions = .plain) throws
    -> any BackboneConfiguration
  {
    try configuration(
      preset: preset, item: .grid(channels: 1, sides: [1, 1]), conditions: ConditionShape(),
      options: options)
  }

  /// The number of blocks of a preset, which does not depend on the data.
  public static func depth(ofPreset preset: String) throws -> Int {
    try configuration(preset: preset).depth
  }
}
