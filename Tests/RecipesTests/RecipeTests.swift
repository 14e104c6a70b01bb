import Diagnostics
import Foundation
import TestSupport
import Testing

@testable import Recipes

@Suite struct RecipeTests {
  private func layers(_ yaml: String, _ assignments: [String] = []) throws -> RecipeLayers {
    var layers = try RecipeLayers()
    try layers.apply(yaml: yaml, origin: "test.yaml")
    for assignment in assignments { try layers.apply(assignment: assignment) }
    return layers
  }

  @Test func laterLayersWinAndKeepTheirOrigin() throws {
    let layers = try layers(
      "training:\n  seed: 3\n  images: 200_000\n", ["training.seed=7"])
    let recipe = try layers.resolved()
    #expect(recipe.training.seed == 7)
    #expect(recipe.training.images == 200_000)
    #expect(recipe.training.globalBatchSize == Recipe().training.globalBatchSize)
    #expect(layers.entries["training.seed"]?.origin == "--set")
    #expect(layers.entries["training.images"]?.origin == "test.yaml")
    #expect(layers.entries["training.device"]?.origin == "default")
  }

  @Test func theResolvedTextReadsBackAsTheSameRecipe() throws {
    let first = try layers("objective:\n  label_drop: 0.25\n", ["data.path=a b/c#d"])
    var second = try RecipeLayers()
    try second.apply(yaml: first.yaml(), origin: "again")
    #expect(try second.resolved() == first.resolved())
    #expect(second.differences(from: first).isEmpty)
  }

  @Test(arguments: ["a\nb", "a\tb", "-", "a\u{1B}b", "\\n", "\"", " x ", "größe/猫"])
  func everyCharacterOfAPathStays(path: String) throws {
    let first = try layers("", ["data.path=\(path)"])
    #expect(try first.resolved().data.path == path)
    var second = try RecipeLayers()
    try second.apply(yaml: first.yaml(), origin: "again")
    #expect(try second.resolved().data.path == path)
  }

  @Test func aLeadingTildeIsTheHomeFolder() throws {
    let home = ProcessInfo.processInfo.environment["HOME"] ?? "/root"
    #expect(try layers("", ["data.path=~/photos"]).resolved().data.path == "\(home)/photos")
    #expect(try layers("", ["data.path=~x"]).resolved().data.path == "./~x")
    #expect(try layers("", ["data.path=a/~/b"]).resolved().data.path == "a/~/b")
  }

  @Test func anUnknownKeyNamesTheNearest() throws {
    let error = #expect(throws: PeregrineError.self) {
      try layers("optimizer:\n  learning_rat: 1\n")
    }
    #expect(error?.code == .usage)
    #expect(error?.description.contains("optimizer.learning_rat`") == true)
    #expect(error?.advice.contains("`optimizer.learning_rate`") == true)
  }

  @Test(arguments: [
    ("training:\n  images: many\n", "images: many"),
    ("objective:\n  path: curved\n", "linear, cosine"),
    ("training:\n  global_batch_size: 0\n", "1 to 65,536"),
    ("training:\n  global_batch_size: 8\n  micro_batch_size: 3\n", "divisor"),
    ("objective:\n  prediction: clean\n", "floor"),
    ("objective:\n  prediction: noise\n  loss: noise\n", "floor"),
    ("objective:\n  label_drop: 2\n", "probability"),
    ("optimizer:\n  ema_profiles: 0.05\n", "snapshot_every_images: 0"),
    (
      "schedule:\n  snapshot_every_images: 8\noptimizer:\n  ema_profiles: 0.05, 0.05\n",
      "different relative lengths"
    ),
    (
      "schedule:\n  snapshot_every_images: 8\noptimizer:\n  ema_profiles: wide\n",
      "different relative lengths"
    ),
    ("schedule:\n  snapshot_every_images: 8\noptimizer:\n  ema_profiles: 0.4\n", "0.2886"),
    ("optimizer:\n  method: lion\n", "adamw, muon"),
    ("optimizer:\n  method: muon\n  learning_rate: 0\n", "above 0 with Muon"),
    ("optimizer:\n  muon_momentum: 1\n", "below 1"),
    ("training: [1, 2]\n", "list at `training`"),
    ("training:\n", "section `training` as a value"),
    ("training:\n  images: 010\n", "base 8"),
    ("just text\n", "no sections"),
    ("a: b: c\n", "not YAML"),
  ])
  func badRecipesSayWhatIsWrong(_ yaml: String, _ expected: String) throws {
    let error = #expect(throws: PeregrineError.self) { try layers(yaml).resolved() }
    #expect(error?.code == .usage)
    #expect(error?.description.contains(expected) == true, "\(error.map { "\($0)" } ?? "")")
  }

  @Test func everyBuiltInRecipeResolvesAndStartsWithItsFourLines() throws {
    let folder = SharedFolder.packageRoot.appendingPathComponent("recipes")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(".yaml") }
    #expect(files.count >= 3)
    for file in files {
      let url = folder.appendingPathComponent(file)
      _ = try RecipeLayers(file: url).resolved()
      let header = try String(contentsOf: url, encoding: .utf8).split(separator: "\n").prefix(4)
      #expect(header.allSatisfy { $0.hasPrefix("#") }, "\(file)")
    }
  }
}
