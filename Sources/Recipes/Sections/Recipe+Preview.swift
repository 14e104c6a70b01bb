import Diagnostics

extension Recipe {
  /// The sample grids drawn during training, always with the same noise and classes.
  public struct Preview: Codable, Equatable, Sendable {
    /// The number of pictures per grid.
    public var count = 16
    /// How the pictures are drawn.
    public var sampler = SamplerSettings()
  }

  var previewRules: [Rule] {
    [
      Self.rule("preview.count", preview.count, .grid)
    ] + preview.sampler.rules(at: "preview.sampler")
  }
}
