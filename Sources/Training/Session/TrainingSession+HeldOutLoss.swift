import Datasets
import DiffusionMath
import Tensors

extension TrainingSession {
  /// The loss of the held-out part with the current weights, always with the same noise and times.
  func heldOutLoss() throws -> LossWindow {
    let dataset = source.validation
    let size = min(recipe.training.globalBatchSize, 64)
    var window = LossWindow()
    for start in stride(from: 0, to: dataset.summary.count, by: size) {
      let batch = try dataset.batch(start..<min(start + size, dataset.summary.count))
      let value = try evaluate(
        batch, rows: batch.conditions.indices,
        draws: Draws(.validation, seed: recipe.data.validationSeed))
      for (time, loss) in zip(value.times, try value.perImage.scalars(Double.self)) {
        window.add(loss, at: time)
      }
    }
    return window
  }
}
