import Diagnostics
import Foundation
import Models
import Sampling
import Tensors
import Testing

@testable import Recipes

@Suite struct SamplerSettingsTests {
  /// One change of each setting, by a recipe that allows it.
  private static let changes: [SamplerSettings.CodingKeys: String] = [
    .solver: "euler", .steps: "26", .timeShift: "3", .guidance: "2", .guidanceLow: "0.1",
    .guidanceHigh: "0.8", .guidanceSource: "routes-label", .guidanceRates: "0.1,0.2",
    .classTokenGuidance: "1.5", .accelerate: "first-block", .threshold: "0.2",
    .budget: "0.5", .fulls: "12", .interval: "3", .order: "1", .cacheSite: "stack",
  ]

  private let recipe = [
    "routing.method=tread", "class_token.weight=0.1", "teacher.network=mobilenet-v2@128",
  ]

  private func drawing(_ settings: String...) throws -> Drawing {
    let recipe = try RecipeLayers(assignments: self.recipe + settings).resolved()
    return try Drawing(recipe, recipe.preview.sampler, precision: .float32)
  }

  private func fields(_ drawing: Drawing) -> [String: String] {
    Dictionary(uniqueKeysWithValues: drawing.protocolFields.map { ($0.name, $0.value) })
  }

  /// Scores of other days compare with those of today by these names and values.
  @Test func theProtocolStaysAsItIs() throws {
    let plain = try drawing("objective.floor=0.05", "objective.time_shift=1.4")
    let usual = [
      "solver": "heun", "steps": "25", "guidance": "1.0", "guidance_low": "0.0",
      "guidance_high": "1.0", "time_shift": "1.4", "floor": "0.05", "precision": "float32",
    ]
    #expect(fields(plain) == usual)
    let guided = try drawing(
      "preview.sampler.guidance_source=routes", "preview.sampler.class_token_guidance=1.5",
      "preview.sampler.time_shift=2", "objective.time_shift=1.4")
    #expect(fields(guided)["guidance_source"] == "routes 0.5/0.9")
    #expect(fields(guided)["class_token_guidance"] == "1.5")
    #expect(fields(guided)["time_shift"] == "2.0")
  }

  @Test(arguments: SamplerSettings.CodingKeys.allCases)
  func aSettingDecidesAboutThePictures(_ key: SamplerSettings.CodingKeys) throws {
    let change = try #require(Self.changes[key])
    let changed = try drawing("preview.sampler.\(key.rawValue)=\(change)")
    let plain = try drawing()
    #expect(changed.settings != plain.settings)
    #expect(try changed.decisions(labels: .balanced) != plain.decisions(labels: .balanced))
    #expect(try drawing().decisions(labels: .balanced) == plain.decisions(labels: .balanced))
    #expect(key.help.hasSuffix("."))
  }

  @Test(arguments: [
    "objective.path=cosine", "objective.prediction=clean", "objective.floor=0.1",
    "objective.noise_scale=2", "objective.time_shift=2",
  ])
  func whatIsTrainedDecidesToo(_ setting: String) throws {
    let floor = "objective.floor=0.05"
    #expect(
      try drawing(floor, setting).decisions(labels: .balanced)
        != drawing(floor).decisions(labels: .balanced))
  }

  @Test func soDoPrecisionAndLabels() throws {
    let recipe = Recipe()
    let plain = try Drawing(recipe, recipe.preview.sampler, precision: .float32)
    let coarse = try Drawing(recipe, recipe.preview.sampler, precision: .bfloat16)
    #expect(coarse.sampler.computation == .bfloat16)
    #expect(try plain.decisions(labels: .balanced) != coarse.decisions(labels: .balanced))
    #expect(try plain.decisions(labels: .balanced) != plain.decisions(labels: .uniform))
  }

  @Test func sectionsHaveTheirOwn() throws {
    var layers = try RecipeLayers()
    try layers.apply(
      yaml: "preview:\n  sampler:\n    steps: 13\n    guidance: 2\n", origin: "test.yaml")
    try layers.apply(assignment: "preview.sampler.guidance=3")
    let recipe = try layers.resolved()
    #expect(recipe.preview.sampler.steps == 13 && recipe.preview.sampler.guidance == 3)
    #expect(recipe.evaluation.sampler == SamplerSettings())
    #expect(layers.entries["preview.sampler.steps"]?.origin == "test.yaml")
    #expect(layers.entries["preview.sampler.guidance"]?.origin == "--set")
    #expect(layers.entries["evaluation.sampler.steps"]?.origin == "default")
    let near = #expect(throws: PeregrineError.self) {
      try layers.apply(assignment: "preview.sampler.step=1")
    }
    #expect(near?.advice.contains("`preview.sampler.steps`") == true)
  }

  @Test(arguments: [("steps", "0"), ("time_shift", "-1"), ("guidance", ".inf")])
  func outOfRangeIsRefusedByName(_ key: String, _ value: String) throws {
    for section in ["preview", "evaluation"] {
      let error = #expect(throws: PeregrineError.self) {
        try RecipeLayers(assignments: ["\(section).sampler.\(key)=\(value)"]).resolved()
      }
      #expect(error?.found.contains("\(section).sampler.\(key)") == true)
    }
  }

  /// A route changes what the blocks compute from step to step, so a cache must not answer for it.
  @Test func cachesAndGuidanceByRoutesAreRefusedTogether() throws {
    let sprint = [
      "routing.method=sprint", "routing.rate=0.75", "preview.sampler.guidance_source=path",
    ]
    let cached = "preview.sampler.accelerate=first-block"
    _ = try RecipeLayers(assignments: sprint + ["preview.sampler.guidance=2"]).resolved()
    _ = try RecipeLayers(assignments: sprint + [cached, "preview.sampler.guidance=1"]).resolved()
    let error = #expect(throws: PeregrineError.self) {
      try RecipeLayers(assignments: sprint + [cached, "preview.sampler.guidance=2"]).resolved()
    }
    #expect(error?.description.contains("first-block") == true)
  }

  /// What is as it always was does not name a set of pictures, so a later setting renames none.
  @Test func onlyChangedSettingsAreNamed() throws {
    #expect(try SamplerSettings().changes() == [:])
    var settings = SamplerSettings()
    (settings.steps, settings.accelerate) = (13, .firstBlock)
    #expect(try settings.changes() == ["steps": "13", "accelerate": "first-block"])
  }
}

@Suite struct SamplerSettingsBoundsTests {
  @Test(arguments: [
    ("guidance_low=.nan", "0 to 1"), ("guidance_low=2", "0 to 1"), ("guidance_high=-1", "0 to 1"),
    ("guidance_high=.nan", "0 to 1"), ("guidance_low=0.7", "at most `guidance_high: 0.5`"),
    ("guidance=.inf", "-1000 to 1000"), ("steps=0", "1 to 100,000"), ("threshold=-1", "0 to 1000"),
    ("time_shift=.nan", "0 to 1000"), ("guidance_rates=0.5, .nan", "each 0 to 1"),
  ])
  func aSettingOutOfBoundsIsNamed(setting: String, expected: String) throws {
    let before = ["preview.sampler.guidance_high=0.5"]
    let error = #expect(throws: PeregrineError.self) {
      try RecipeLayers(assignments: before + ["preview.sampler.\(setting)"]).resolved()
    }
    let key = setting.split(separator: "=")[0]
    #expect(error?.found.contains("preview.sampler.\(key)") == true, "\(error?.found ?? "")")
    #expect(error?.expected.replacing("−", with: "-") == expected)
  }

  /// Settings that a program makes without a recipe are checked, too.
  @Test func aDrawingChecksItsSettings() throws {
    var settings = SamplerSettings()
    (settings.guidanceLow, settings.guidanceHigh) = (0.6, 0.4)
    let error = #expect(throws: PeregrineError.self) {
      try Drawing(Recipe(), settings, precision: .float32)
    }
    #expect(error?.found.contains("guidance_low: 0.6") == true)
  }
}
