import Diagnostics
import Foundation
import Testing

@testable import Recipes

/// Lists of recipes, in files and on the command line.
@Suite struct ListsTests {
  private func layers(_ yaml: String) throws -> RecipeLayers {
    var layers = try RecipeLayers()
    try layers.apply(yaml: yaml, origin: "test.yaml")
    return layers
  }

  @Test(arguments: [
    "alignment: {depths: [2, 4]}", "alignment:\n  depths:\n    - 2\n    - 4\n",
    "alignment:\n  depths: 2, 4\n", "alignment:\n  depths: \"2,4\"\n",
  ])
  func areWrittenInManyWays(_ yaml: String) throws {
    #expect(try layers(yaml).resolved().alignment.depths == [2, 4])
    let assigned = try RecipeLayers(assignments: ["alignment.depths=2,4"])
    #expect(try layers(yaml).differences(from: assigned).isEmpty)
    #expect(assigned.yaml(withOrigins: false).contains("  depths: [2, 4]\n"))
  }

  @Test func mayBeEmpty() throws {
    for yaml in ["routing: {routes: []}", "routing: {routes: \"\"}"] {
      #expect(try layers(yaml).resolved().routing.routes.isEmpty)
      #expect(try layers(yaml).differences(from: RecipeLayers()).isEmpty)
    }
  }

  @Test(arguments: [
    ("alignment: {depths: [2, x]}", "`alignment.depths: 2, x`", "numbers of blocks"),
    ("routing: {routes: [8-2]}", "`routing.routes: 8-2`", "first and last block"),
    ("evaluation: {metrics: [kid, fidd]}", "`evaluation.metrics: kid, fidd`", "fd_infinity"),
    ("training: {seed: [1, 2]}", "a list at `training.seed`", "one value per key"),
    ("alignment: {depths: [[2], 4]}", "a list at `alignment.depths`", "one value per key"),
    ("preview: {sampler: {solver: hein}}", "`preview.sampler.solver: hein`", "euler, heun"),
  ])
  func sayWhatIsWrong(_ yaml: String, _ found: String, _ expected: String) throws {
    let error = #expect(throws: PeregrineError.self) { try layers(yaml).resolved() }
    #expect(error?.code == .usage)
    #expect(error?.found == found)
    #expect(error?.expected.contains(expected) == true, "\(error?.expected ?? "")")
    #expect(error?.doing.contains("test.yaml") == true)
  }

  @Test func aNearNameIsOffered() throws {
    let error = #expect(throws: PeregrineError.self) {
      try RecipeLayers(assignments: ["evaluation.metrics=psnr,sim"]).resolved()
    }
    #expect(error?.advice == "Did you mean `ssim`?")
  }
}
