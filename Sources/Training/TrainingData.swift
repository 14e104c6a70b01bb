import Datasets
import Diagnostics
import Foundation

/// What the data of a run is, and how its latents become pictures; kept as `data.json`.
public struct DataDescription: Codable, Equatable, Sendable {
  /// The training part.
  public var summary: DatasetSummary
  /// The way back to pictures, when items are latents.
  public var latents: LatentSpace?
  /// What the teacher's features took that come with the items, for the ledger.
  public var featureCost: FeatureCost?

  /// The network whose features the model is trained with, if any.
  public var teacher: TeacherDescription?

  /// Reads the description of a run.
  public init(of run: RunFolder) throws {
    do {
      self = try JSONDecoder().decode(Self.self, from: Data(contentsOf: run.data))
    } catch {
      throw PeregrineError(
        .badData, doing: "reading `\(run.data.path)`", found: "no readable description of the data",
        advice: "Is `\(run.url.path)` the folder of a training run?", cause: error)
    }
  }

  /// Describes data.
  public init(
    summary: DatasetSummary, latents: LatentSpace? = nil, featureCost: FeatureCost? = nil
  ) {
    self.summary = summary
    self.latents = latents
    self.featureCost = featureCost
  }

  func requireSquare() throws {
    let shape = summary.itemShape
    guard shape.count == 3, shape[1] == shape[2] else {
      throw PeregrineError(
        .badData, doing: "choosing a model for `\(summary.name)`", found: "items of shape \(shape)",
        expected: "squares, [channels, side, side]", advice: "Crop them with `data.size`.")
    }
  }
}

/// The network whose features a model is trained with.
public struct TeacherDescription: Codable, Equatable, Sendable {
  /// Its name, such as `mobilenet-v2@128`.
  public var network: String
  /// The width of its tokens, which decides about the model's shapes.
  public var width: Int
  /// Its arithmetic for one image; `nil` when features come from a cache.
  public var flopsPerImage: Double?
}

/// The two parts of a run's data, ready to be loaded from.
struct TrainingData {
  let description: DataDescription
  let training: any Dataset
  let validation: any Dataset
  let teacher: Teacher?

  /// Opens what the recipe names and holds out the validation part.
  init(_ recipe: Recipe) throws {
    let whole = try openDataset(
      recipe.data.path, size: recipe.data.size == 0 ? nil : recipe.data.size,
      companions: recipe.needsTeacher)
    if recipe.data.flip, !whole.mirrors {
      throw PeregrineError(
        .usage, doing: "opening the data `\(recipe.data.path)`",
        found: "`data.flip: true` for a cache without mirrored latents",
        advice: "Set `data.flip=false`, or encode again with `--flip`.")
    }
    let held = recipe.data.validationCount
    guard held < whole.summary.count else {
      throw PeregrineError(
        .usage, doing: "holding out \(held) items for validation",
        found: "\(whole.summary.count) items in `\(recipe.data.path)`",
        advice: "Set `data.validation_count` lower.")
    }
    let latents = try LatentSpace(of: whole, recipe.data)
    let items: any Dataset = try latents.map { try ScaledLatents(whole, $0.scaling) } ?? whole
    let parts = items.holdingOut(held, seed: recipe.data.validationSeed)
    training = parts.training
    validation = parts.validation
    let cached = (whole as? LatentCacheDataset)?.features
    var description = DataDescription(
      summary: parts.training.summary, latents: latents,
      featureCost: cached?.isComplete == true ? cached?.cost : nil)
    teacher = try recipe.makeTeacher(for: description)
    description.teacher = teacher.map {
      TeacherDescription(
        network: recipe.teacher.network, width: $0.width, flopsPerImage: $0.forwardFLOPs)
    }
    self.description = description
  }

  /// The batches of a run from some image on, prepared ahead; to be stopped by whoever asked for them.
  func batches(of recipe: Recipe, startingAt image: Int) -> BatchLoader {
    BatchLoader(
      dataset: training,
      order: DataOrder(count: training.summary.count, seed: recipe.training.seed),
      batchSize: recipe.training.globalBatchSize, startingAt: image, flip: recipe.data.flip,
      seed: recipe.training.seed, workers: recipe.data.workers)
  }
}
