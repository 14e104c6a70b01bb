/// Everything that determines the shapes of a ``MagnitudePreservingSiT``.
public struct MagnitudePreservingSiTConfiguration: BackboneConfiguration {
  /// `MP-SiT`.
  public static let family = "MP-SiT"
  /// The sizes of SiT.
  public static let sizes = TransformerSize.named

  /// The size of the transformer.
  public var size: TransformerSize
  /// The shape of input and output.
  public var shape: BackboneShape
  /// SPRINT and alignment, if asked for.
  public var options = BackboneOptions.plain

  /// Creates the configuration of a plain model.
  public init(size: TransformerSize, shape: BackboneShape) {
    self.size = size
    self.shape = shape
  }

  /// The number of blocks.
  public var depth: Int { size.depth }

  /// `true`: weights stay at magnitude 1.
  public var keepsWeightMagnitudes: Bool { true }

  /// The MLP's hidden width.
  var hidden: Int { 4 * size.width }

  /// Builds a model with zero weights.
  public func makeBackbone() throws -> any Backbone { try MagnitudePreservingSiT(self) }
}
