import DiffusionMath
import Tensors

extension TrainingSession {
  /// The images per second that training should reach, from forward passes of a few items. `nil`
  /// where the first steps are quick enough to be measured instead.
  func expectedRate() throws -> Double? {
    let flops = try flopsPerImage
    guard device == .cpu, flops * Double(recipe.training.globalBatchSize) > Self.longStepFLOPs
    else { return nil }
    let count = min(4, source.training.summary.count)
    let batch = try source.training.batch(0..<count)
    let draws = Draws(.validation, seed: recipe.data.validationSeed)
    return try withoutGradients {
      // The first pass prepares the weights.
      _ = try evaluate(batch, rows: 0..<count, draws: draws)
      let time = try ContinuousClock().measure {
        _ = try evaluate(batch, rows: 0..<count, draws: draws)
      }
      return Double(count) * model.forwardFLOPs / (time / .seconds(1)) / flops
    }
  }

  /// A step of this size takes ten seconds or more on a few cores.
  private static var longStepFLOPs: Double { 1e13 }
}
