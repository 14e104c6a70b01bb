import Datasets
import Diagnostics
import Encoding
import FileAccess
import Foundation
import Recipes

/// The data of a run: training part, validation part and teacher.
struct TrainingData {
  let description: DataDescription
  let training: any Dataset
  let validation: any Dataset
  let teacher: Teacher?

  /// What people should know about the data.
  let notices: [String]

  /// Opens the dataset that the recipe names and holds out the validation part.
  ///
  /// - Parameter before: the description of the data in a run that is resumed: the same items stay
  ///   held out.
  init(_ recipe: Recipe, before: DataDescription? = nil) throws {
    let whole = try openDataset(
      recipe.data.path, size: recipe.data.size == 0 ? nil : recipe.data.size,
      companions: recipe.needsTeacher, orientation: recipe.data.orientation)
    if recipe.data.flip, !whole.mirrors {
      throw PeregrineError(
        .usage, doing: "opening the data `\(recipe.data.path)`",
        found: "`data.flip: true` for a cache without mirrored latents",
        advice: "Set `data.flip=false`, or encode again with `--flip`.")
    }
    let count = whole.summary.count
    // Runs of earlier versions did not record the number, and held out what the recipe said.
    let held = before.map { $0.heldOut ?? recipe.data.validationCount } ?? recipe.heldOut(of: count)
    guard held < count else {
      throw PeregrineError(
        .usage, doing: "holding out \(held) items for validation",
        found: "\(count) items in `\(recipe.data.path)`",
        advice: "Set `data.validation_count` lower.")
    }
    // Items that cannot be used are found before a run depends on the data as it is.
    if before == nil { try whole.checkItems() }
    let batch = recipe.training.globalBatchSize
    try requireMemory(
      [batch, whole.summary.itemSize, MemoryLayout<Float>.size].checkedProduct ?? .max,
      doing: "preparing batches of \(batch) items (`training.global_batch_size`)")
    // A permutation, its two sorted parts, and the order of an epoch.
    try requireMemory(
      [count, 3 * MemoryLayout<Int>.size].checkedProduct ?? .max,
      doing: "ordering \(count) items of `\(recipe.data.path)`")
    let latents = try LatentSpace(of: whole, recipe.data)
    let items: any Dataset =
      try latents.map { try ScaledLatents(whole, $0.scaling) } ?? whole.keepingPictures()
    let parts = items.holdingOut(held, seed: recipe.data.validationSeed)
    training = parts.training
    validation = parts.validation
    let cached = (whole as? LatentCacheDataset)?.features
    var description = DataDescription(
      summary: try parts.training.recordedSummary(before: before?.summary.files), latents: latents,
      featureCost: cached?.isComplete == true ? cached?.cost : nil)
    description.heldOut = held
    notices = (whole.summary.notices ?? []) + Self.notices(recipe, whole, held: held)
    teacher = try recipe.makeTeacher(for: description)
    description.teacher = teacher.map {
      TeacherDescription(
        network: recipe.teacher.network, width: $0.width, flopsPerImage: $0.forwardFLOPs,
        weightsSha256: $0.weightsSha256)
    }
    self.description = description
  }

  private static func notices(_ recipe: Recipe, _ whole: any Dataset, held: Int) -> [String] {
    var notices: [String] = []
    if held < recipe.data.validationCount {
      notices.append(
        "\(held) of \(whole.summary.count) items are held out, a tenth, instead of "
          + "\(recipe.data.validationCount); `data.validation_count` sets another number")
    }
    if let cache = whole as? LatentCacheDataset, cache.mirrors, !recipe.data.flip {
      notices.append(
        "the cache holds mirrored latents that this recipe does not use; `data.flip=true` uses them"
      )
    }
    return notices
  }

  /// The order of the items in each epoch.
  func order(of recipe: Recipe) -> DataOrder {
    DataOrder(count: training.summary.count, seed: recipe.training.seed)
  }

  /// The batches of a run from an image number on, prefetched. The caller must stop the loader.
  func batches(of recipe: Recipe, startingAt image: Int) -> BatchLoader {
    BatchLoader(
      dataset: training, order: order(of: recipe),
      batchSize: recipe.training.globalBatchSize, startingAt: image, flip: recipe.data.flip,
      seed: recipe.training.seed, workers: recipe.data.workers)
  }
}
