import Diagnostics

/// A recipe to be timed; a row of the tables in docs/performance.md.
public struct BenchPreset: Sendable {
  /// Its name on the command line.
  public let name: String
  /// A description.
  public let summary: String
  /// The recipe as `section.key=value`, on top of the built-in defaults.
  public let settings: [String]

  /// All presets.
  public static let all = [
    BenchPreset(
      name: "s2", summary: "SiT-S/2: width 384, 256 tokens, batch 16", model: "SiT-S/2", images: 16),
    BenchPreset(
      name: "b1", summary: "width and depth of B: width 768, 256 tokens, batch 8",
      model: "SiT-B/2", images: 8),
    BenchPreset(
      name: "demo", summary: "the demo's SiT-Ti/4: width 128, 64 tokens, batch 32",
      model: "SiT-Ti/4", images: 32, lanes: 2),
  ]

  private init(name: String, summary: String, model: String, images: Int, lanes: Int = 1) {
    self.name = name
    self.summary = summary
    settings = [
      "data.path=shapes", "data.flip=false", "model.preset=\(model)", "training.precision=bfloat16",
      "training.device=cpu",
      "training.global_batch_size=\(images)",
      "training.micro_batch_size=\(lanes == 1 ? 0 : images / lanes)",
      "optimizer.beta2=0.95", "optimizer.ema_decay=0.9999",
      // Labels are not dropped, because the other contenders do not draw dropped labels.
      "objective.label_drop=0",
    ]
  }

  /// The preset with a given name.
  ///
  /// - Throws: ``PeregrineError`` `.usage` with the known names.
  public init(named name: String) throws {
    guard let found = Self.all.first(where: { $0.name == name }) else {
      throw PeregrineError(
        .usage, doing: "choosing what to time", found: "the preset `\(name)`",
        expected: "one of \(Self.all.map(\.name).joined(separator: ", "))")
    }
    self = found
  }
}
