import Diagnostics
import Evaluation
import Foundation
import Recipes
import Tensors

extension Recipe {
  /// The evaluator that scores a run during training; `nil` if the schedule has no evaluations.
  ///
  /// - Parameter warn: called with what was found damaged on disk and is made again.
  /// - Throws: errors from opening the reference or the feature network, so that a run fails at its
  ///   start.
  public func makeRunEvaluator(
    device: Device, warn: @escaping (PeregrineError) -> Void = { _ in }
  ) throws -> RunEvaluator? {
    guard schedule.evaluateEveryImages > 0 else { return nil }
    let network =
      evaluation.features.isEmpty
      ? nil
      : try NamedFeatureNetwork(
        evaluation.features, weights: URL(fileURLWithPath: evaluation.weights), device: device)
    var evaluator = Evaluator(
      network: network,
      reference: try Reference(
        evaluation.against, size: evaluation.size == 0 ? nil : evaluation.size,
        orientation: data.orientation),
      cache: evaluation.cache.isEmpty
        ? Evaluator.defaultCache : URL(fileURLWithPath: evaluation.cache))
    evaluator.warn = warn
    evaluator.metrics = evaluation.metrics
    evaluator.blockSize = evaluation.blockSize == 0 ? nil : evaluation.blockSize
    evaluator.smallestSubset = evaluation.smallestSubset
    evaluator.allowsFewSamples = evaluation.allowFewSamples
    var runEvaluator = try RunEvaluator(evaluator, drawing: makeScoredDrawing())
    runEvaluator.labels = evaluation.labels
    runEvaluator.count = evaluation.count
    runEvaluator.seed = evaluation.seed
    return runEvaluator
  }
}
