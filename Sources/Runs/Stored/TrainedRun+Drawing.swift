import Pictures
import Recipes
import Samples
import Tensors

extension TrainedRun {
  /// How pictures are drawn from the run.
  ///
  /// - Parameter settings: those of the recipe's previews unless given.
  /// - Throws: ``PeregrineError`` `.usage` for settings that do not go with the training.
  public func drawing(_ settings: SamplerSettings? = nil, precision: DType = .float32) throws
    -> Drawing
  {
    try Drawing(recipe, settings ?? recipe.preview.sampler, precision: precision)
  }

  /// Draws one picture for each condition; picture `i` depends on the seed, on `i` and on its condition.
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
