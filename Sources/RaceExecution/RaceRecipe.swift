import Diagnostics
import Foundation
import Race
import Recipes
import RunFiles

/// The recipe that both sides of a race start from: that of a file, or that of the run to sample
/// from.
struct RaceRecipe {
  private let file: URL
  /// The run that draws, in a race of samplers.
  let run: RunLayout?

  /// - Parameter recipe: returns the file for a recipe's name.
  /// - Throws: ``PeregrineError`` `.usage` for a race of samplers without a run, `.missingInput`
  ///   for a run folder that does not exist.
  init(_ experiment: Experiment, recipe: (String) throws -> URL) throws {
    guard let sampling = experiment.sampling else {
      file = try recipe(experiment.recipe ?? "")
      run = nil
      return
    }
    guard let path = sampling.run else {
      throw PeregrineError(
        .usage, doing: "planning a race of samplers", found: "no run to draw from",
        advice: "Name a finished training run with `--run`.")
    }
    let run = RunLayout(URL(fileURLWithPath: path))
    _ = try run.checkpoint()
    (file, self.run) = (run.recipe, run)
  }

  /// The device that both sides use.
  func device(_ experiment: Experiment) throws -> String {
    try layers(experiment.settings).resolved().training.device
  }

  /// The recipe with settings applied.
  func layers(_ settings: [String]) throws -> RecipeLayers {
    var layers = try RecipeLayers(file: file)
    for setting in settings { try layers.apply(assignment: setting) }
    return layers
  }
}
