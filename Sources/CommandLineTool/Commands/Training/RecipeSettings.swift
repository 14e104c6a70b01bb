import ArgumentParser
import Foundation
import Recipes

/// The options of every command that reads a recipe.
struct RecipeSettings: ParsableArguments {
  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp(
      "Change one value of the recipe; may be repeated.", valueName: "section.key=value"))
  var assignments: [String] = []

  /// The defaults, under the recipe file, under the `--set` options.
  func layers(over file: URL) throws -> RecipeLayers {
    var layers = try RecipeLayers(file: file)
    for assignment in assignments { try layers.apply(assignment: assignment) }
    return layers
  }
}
