import Diagnostics
import Foundation
import Models
import Recipes
import Training

/// A recipe with weights and inputs on disk, for all contenders that are timed on it.
public struct Workload {
  /// The recipe as `section.key=value`.
  public let settings: [String]
  /// Floating-point operations of one image.
  public let flopsPerImage: Double
  /// The number of images in a batch.
  public let images: Int
  private let configuration: any BackboneConfiguration
  private let recipe: Recipe
  private let work: RepeatedStep.Work
  private let threads: Int
  private let folder: URL

  /// Builds the recipe's model, draws weights and inputs, and writes them to `folder`.
  public init(_ settings: [String], work: RepeatedStep.Work, threads: Int, folder: URL) throws {
    self.settings = settings
    self.work = work
    self.threads = threads
    self.folder = folder
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    recipe = try RecipeLayers(assignments: settings).resolved()
    let step = try RepeatedStep(recipe)
    flopsPerImage = try step.flopsPerImage(work)
    images = step.images
    configuration = try step.configuration
    try step.prepare(weights: weights, inputs: inputs)
  }

  private var weights: URL { folder.appendingPathComponent("weights.safetensors") }
  private var inputs: URL { folder.appendingPathComponent("inputs.safetensors") }

  /// The dtype of matrix products.
  public var dtype: String { recipe.training.precision.rawValue }

  /// The description for a contender.
  ///
  /// - Parameter name: the name of the file with its results.
  public func description(engine: String, answersAs name: String) -> ContenderDescription {
    ContenderDescription(
      device: recipe.training.device, threads: threads,
      dtype: dtype, work: work, engine: engine, images: images,
      settings: settings, weights: weights.path, batch: inputs.path, result: answers(name).path)
  }

  /// Where a contender writes its results for the inputs.
  public func answers(_ name: String) -> URL {
    folder.appendingPathComponent("\(name).safetensors")
  }

  /// The sizes for contenders that build the network from them.
  ///
  /// - Throws: ``PeregrineError`` `.usage` for models that the PyTorch script does not support.
  public func peerModel() throws -> PeerModel {
    guard let sit = configuration as? SiTConfiguration, sit.options == .plain,
      recipe.objective == Recipe.plainVelocity, recipe.routing.method == .none,
      recipe.optimizer.method == .adamW
    else {
      throw PeregrineError(
        .usage, doing: "comparing with PyTorch",
        found: "a recipe that is more than a plain SiT trained on velocities with AdamW",
        expected: "no settings beyond preset, precision, batches and data",
        advice: "Compare such a recipe `--against plain` or `--against reference`.")
    }
    return PeerModel(
      channels: sit.shape.channels, side: sit.shape.side, patch: sit.shape.patch,
      width: sit.size.width, depth: sit.size.depth, heads: sit.size.heads,
      classes: sit.shape.conditions.classes ?? 0)
  }
}

extension Recipe {
  /// Velocities, uniform times, no dropped labels.
  fileprivate static var plainVelocity: Objective {
    var objective = Recipe().objective
    objective.labelDrop = 0
    return objective
  }
}
