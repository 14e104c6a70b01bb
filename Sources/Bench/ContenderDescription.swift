import Recipes
import Tensors
import Training

/// Everything a contender's process needs to know; the Python contender reads the same file.
public struct ContenderDescription: Codable, Equatable, Sendable {
  /// `cpu` or `cuda`.
  public var device: String
  /// Threads of tensor operations.
  public var threads: Int
  /// The dtype of matrix products: `bfloat16` or `float32`.
  public var dtype: String
  /// The work to be repeated.
  public var work: RepeatedStep.Work
  /// The variant of a program: `fused` or `reference` for ours, `eager` or `compile` for PyTorch.
  public var engine: String
  /// The number of images in a batch.
  public var images: Int
  /// The sizes of the network, for contenders that build it from them.
  public var model: PeerModel?
  /// The recipe as `section.key=value`, for contenders that read recipes.
  public var settings: [String]
  /// A state dictionary to start from.
  public var weights: String
  /// The inputs for the comparison and for PyTorch's steps.
  public var batch: String
  /// Where to write the results for these inputs; they are not written if missing.
  public var result: String?

  /// Describes a contender of ours that uses its recipe's data and its own weights, without
  /// comparison.
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
  /// The shape of an item: `channels` planes of `side` by `side`.
  public var channels, side: Int
  /// The side of a patch.
  public var patch: Int
  /// The sizes of the transformer.
  public var width, depth, heads: Int
  /// The number of classes, without the null class.
  public var classes: Int
}
