import Diagnostics

/// The families of backbones that a preset can name. A new family is one line here.
public enum Backbones {
  private static let families: [any BackboneConfiguration.Type] = [
    SiTConfiguration.self, JLTConfiguration.self, JiTConfiguration.self, MambaConfiguration.self,
    MagnitudePreservingSiTConfiguration.self,
  ]

  /// Reads a preset of any family.
  ///
  /// - Throws: ``PeregrineError`` `.usage` with the known families, or the family's sizes.
  public static func configuration(
    preset: String, channels: Int, side: Int, classCount: Int, options: BackboneOptions = .plain
  ) throws -> any BackboneConfiguration {
    guard let family = families.first(where: { preset.hasPrefix($0.family + "-") }) else {
      throw PeregrineError(
        .usage, doing: "choosing a model", found: "the preset `\(preset)`",
        expected: "FAMILY-SIZE/PATCH with FAMILY one of "
          + families.map { $0.family }.joined(separator: ", "),
        advice: "For example `SiT-S/2`.")
    }
    return try family.init(
      preset: preset, channels: channels, side: side, classCount: classCount, options: options)
  }

  /// The number of blocks of a preset, whatever the data.
  public static func depth(ofPreset preset: String) throws -> Int {
    try configuration(preset: preset, channels: 1, side: 1, classCount: 1).depth
  }
}
