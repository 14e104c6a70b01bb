import Pictures
import Recipes
import Samples
import Tensors

extension TrainedRun {
  /// The drawing for pictures of the run.
  ///
  /// - Parameter settings: the sampler settings; by default those of the recipe's previews.
  /// - Throws: ``PeregrineError`` `.usage` for settings that do not fit the training.
  public func drawing(_ settings: SamplerSettings? = nil, precision: DType = .float32) throws
    -> Drawing
  {
    try Drawing(recipe, settings ?? recipe.preview.sampler, precision: precision)
  }

  /// Draws one picture per condition. Picture `i` only depends on the seed, `i` and its condition.
  public func pictures(
    _ conditions: [Condition], seed: UInt64 = 0, drawing: Drawing? = nil, batchSize: Int = 64
  ) throws -> [Picture] {
    var pictures: [Picture] = []
    try sampling.draw(
      Array(conditions.indices), condition: { conditions[$0] },
      by: (drawing ?? self.drawing()).generator, seed: seed, batchSize: batchSize
    ) { _, picture in
      pictures.append(picture)
      return true
    }
    return pictures
  }
}
