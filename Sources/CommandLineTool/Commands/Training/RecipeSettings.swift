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

  /// The layers of the recipe: the defaults, then the recipe file, then the `--set` options.
  func layers(over file: URL) throws -> RecipeLayers {
    var layers = try RecipeLayers(file: file)
    layers.isBuiltIn = Installation.hasRecipe(file)
    for assignment in assignments { try layers.apply(assignment: assignment) }
    return layers
  }
}
