/// Everything that determines the shapes of a ``MagnitudePreservingSiT``.
public struct MagnitudePreservingSiTConfiguration: BackboneConfiguration {
  /// `MP-SiT`.
  public static let family = "MP-SiT"
  /// Those of SiT.
  public static let sizes = TransformerSize.named

  /// The sizes of the transformer.
  public var size: TransformerSize
  /// What is read and written.
  public var shape: BackboneShape
  /// SPRINT and alignment, where asked for.
  public var options = BackboneOptions.plain

  /// Describes a model.
  public init(size: TransformerSize, shape: BackboneShape) {
    self.size = size
    self.shape = shape
  }

  /// The number of blocks.
  public var depth: Int { size.depth }

  /// Weights stay at magnitude 1.
  public var keepsWeightMagnitudes: Bool { true }

  /// The MLP's hidden width.
  var hidden: Int { 4 * size.width }

  /// A model with weights of zero.
  public func makeBackbone() throws -> any Backbone { try MagnitudePreservingSiT(self) }
}
