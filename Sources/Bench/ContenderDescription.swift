import Recipes
import Tensors
import Training

/// Everything that a contender's process reads; the Python peer reads the same file.
public struct ContenderDescription: Codable, Equatable, Sendable {
  /// `cpu` or `cuda`.
  public var device: String
  /// Threads of tensor operations.
  public var threads: Int
  /// The type that products are taken in: `bfloat16` or `float32`.
  public var dtype: String
  /// What is repeated.
  public var work: RepeatedStep.Work
  /// Which of a program's ways is taken: `fused` or `reference` of ours, `eager` or `compile` of PyTorch.
  public var engine: String
  /// The images of a batch.
  public var images: Int
  /// The sizes of the network, for those who build it from them.
  public var model: PeerModel?
  /// The recipe as `section.key=value`, for those who read recipes.
  public var settings: [String]
  /// A state dictionary to start from.
  public var weights: String
  /// The inputs of the comparison and of PyTorch's steps.
  public var batch: String
  /// Where to write what the model makes of them; nowhere when missing.
  public var result: String?

  /// A contender of ours that works on its recipe's data from its own weights, and compares with nobody.
  public init(
    _ recipe: Recipe, work: RepeatedStep.Work, settings: [String], threads: Int, engine: Engine
  ) {
    self.init(
      device: recipe.training.device, threads: threads, dtype: recipe.training.precision.rawValue,
      work: work, engine: engine.rawValue, images: recipe.training.globalBatchSize,
      settings: settings, weights: "", batch: "")
  }

  init(
    device: String, threads: Int, dtype: String, work: RepeatedStep.Work, engine: String,
    images: Int, settings: [String], weights: String, batch: String, result: String? = nil
  ) {
    (self.device, self.threads, self.dtype) = (device, threads, dtype)
    (self.work, self.engine, self.images) = (work, engine, images)
    (self.settings, self.weights, self.batch) = (settings, weights, batch)
    self.result = result
  }
}

/// The sizes of a plain SiT.
public struct PeerModel: Codable, Equatable, Sendable {
  /// Values of an item: `channels` planes of `side` by `side`.
  public var channels, side: Int
  /// The side of a patch.
  public var patch: Int
  /// The transformer.
  public var width, depth, heads: Int
  /// Without the null class.
  public var classes: Int
}
