import Diagnostics
import Evaluation
import Foundation
import Race
import Recipes
import RunFiles
import Runs
import Tensors

/// Draws pictures with a finished run's averaged weights and scores them.
struct RunMeasurement {
  let run: RunLayout
  private let recipe: Recipe

  /// - Parameter settings: the protocol, over the recipe that the run was trained with.
  init(_ run: RunLayout, settings: [String]) throws {
    self.run = run
    var layers = try RecipeLayers(file: run.recipe)
    for setting in settings { try layers.apply(assignment: setting) }
    recipe = try layers.resolved()
  }

  /// The scores for one guidance scale and generation seed.
  ///
  /// - Parameter warn: called with what was found damaged on disk and is made again.
  /// - Returns: the scores; if they are undefined for these pictures, NaN with the reason.
  /// - Throws: `.interrupted` when asked to stop; sampled pictures are kept.
  func measure(
    guidance: Double, seed: UInt64, warn: @escaping (PeregrineError) -> Void = { _ in },
    shouldStop: @escaping () -> Bool
  ) throws -> [RunScore] {
    let device = try Device(named: recipe.training.device)
    guard let scoring = try recipe.makeRunEvaluator(device: device, warn: warn) else { return [] }
    let trained = try TrainedRun(run, device: device)
    do {
      let (result, _) = try scoring.score(
        trained.sampling, of: run, classNames: trained.data.summary.classNames,
        images: trained.images
      ) { _, _, _ in !shouldStop() }
      return result.record.scores.map { score in
        var own = RunScore(score, guidance: guidance, generationSeed: seed, images: trained.images)
        if score.name == .frechetInfinity {
          own.subsets = result.extrapolation?.points.map {
            RunScore.SubsetDistance(pictures: $0.count, distance: $0.value)
          }
        }
        return own
      }
    } catch let error as PeregrineError where error.code == .unsound {
      // The race continues; the judgement names the run and refuses to give a number.
      return scoring.evaluator.metrics.map {
        RunScore(
          metric: $0.rawValue, value: .nan, guidance: guidance, generationSeed: seed,
          images: trained.images, protocolRecord: [RunScore.unsound: error.found])
      }
    }
  }
}
