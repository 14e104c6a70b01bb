import Datasets
import Diagnostics
import Encoding
import Foundation
import Recipes

/// The data of a run: training part, validation part and teacher.
struct TrainingData {
  let description: DataDescription
  let training: any Dataset
  let validation: any Dataset
  let teacher: Teacher?

  /// Opens the dataset that the recipe names and holds out the validation part.
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
    let items: any Dataset =
      try latents.map { try ScaledLatents(whole, $0.scaling) } ?? whole.keepingPictures()
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

  /// The batches of a run from an image number on, prefetched. The caller must stop the loader.
  func batches(of recipe: Recipe, startingAt image: Int) -> BatchLoader {
    BatchLoader(
      dataset: training,
      order: DataOrder(count: training.summary.count, seed: recipe.training.seed),
      batchSize: recipe.training.globalBatchSize, startingAt: image, flip: recipe.data.flip,
      seed: recipe.training.seed, workers: recipe.data.workers)
  }
}
