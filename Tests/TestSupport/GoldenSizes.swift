import Models

/// The sizes of a fixture's network, from the manifest's `config`.
public struct GoldenSizes: Decodable {
  /// The number of blocks.
  public let depth: Int
  /// The width of a token.
  public let hiddenSize: Int
  /// The number of attention heads.
  public let numHeads: Int
  /// The MLP's hidden width relative to the token width.
  public let mlpRatio: Double
  /// The side of a patch.
  public let patchSize: Int
  /// The side of an item.
  public let inputSize: Int
  /// The number of channels of an item.
  public let inChannels: Int
  /// The number of classes.
  public let numClasses: Int
  /// The label that means "no class".
  public let nullLabel: Int
  /// The number of elements of all parameters, including fixed tables.
  public let parameters: Int
  /// The number of elements of the trainable parameters, if the manifest contains it.
  public let parametersTrainable: Int?
  /// The number of tensors in the state dictionary.
  public let stateDictTensors: Int

  /// The configuration of a family's plain model with these sizes.
  public func configuration<Configuration: BackboneConfiguration>(of family: Configuration.Type)
    -> Configuration where Configuration.Size == TransformerSize
  {
    var configuration = Configuration(
      size: TransformerSize(depth: depth, width: hiddenSize, heads: numHeads), patch: patchSize,
      channels: inChannels, side: inputSize, classCount: numClasses)
    configuration.options.mlpRatio = mlpRatio
    configuration.options.lastMLPRatio = mlpRatio
    return configuration
  }
}
