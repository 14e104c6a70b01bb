import Diagnostics
import Foundation
import RunFiles
import Sampling
import Testing

@testable import Recipes

/// Recipes and run folders from before samplers were nested and lists were lists.
@Suite struct FormerKeysTests {
  /// What a run stored then, as far as it is written otherwise today.
  private static let stored = """
    alignment:
      weight: 0e+0                              # default
      depths: "2, 4"                            # --set
    routing:
      method: tread                             # --set
      routes: "2-8,10-10"                       # --set
    optimizer:
      ema_profiles: "0.05,0.10"                 # --set
    schedule:
      snapshot_every_images: 16                 # --set
    preview:
      count: 2                                  # --set
      solver: euler                             # demo.yaml
      steps: 13                                 # --set
      time_shift: 2e+0                          # default
      guidance: 2                               # demo.yaml
      guidance_low: 1e-1                        # default
      guidance_high: 9e-1                       # default
      guidance_source: routes                   # default
      guidance_rates: "0.25, 0.75"              # default
      class_token_guidance: 0e+0                # default
    evaluation:
      metrics: psnr,ssim                        # --set
      solver: heun                              # default
      steps: 7                                  # default
      guidance_low: 2e-1                        # default
    """

  private static let today = """
    alignment: {depths: [2, 4]}
    routing: {method: tread, routes: [2-8, 10-10]}
    optimizer: {ema_profiles: [0.05, 0.1]}
    schedule: {snapshot_every_images: 16}
    preview:
      count: 2
      sampler:
        solver: euler
        steps: 13
        time_shift: 2
        guidance: 2
        guidance_low: 0.1
        guidance_high: 0.9
        guidance_source: routes
        guidance_rates: [0.25, 0.75]
    evaluation:
      metrics: [psnr, ssim]
      sampler: {solver: heun, steps: 7, guidance_low: 0.2}
    """

  private func layers(_ text: String, _ origin: String = "recipe.yaml") throws -> RecipeLayers {
    var layers = try RecipeLayers()
    try layers.apply(yaml: "model: {preset: SiT-S/2}\n" + text, origin: origin)
    return layers
  }

  @Test func aRunOfThoseDaysIsTheSameRecipe() throws {
    let (then, now) = (try layers(Self.stored), try layers(Self.today))
    #expect(now.differences(from: then).isEmpty)
    #expect(then.differences(from: now).isEmpty)
    let recipe = try then.resolved()
    #expect(try recipe == now.resolved())
    #expect(recipe.preview.sampler.steps == 13 && recipe.preview.sampler.guidanceLow == 0.1)
    #expect(recipe.preview.sampler.guidanceRates == [0.25, 0.75])
    #expect(recipe.evaluation.sampler.steps == 7 && recipe.evaluation.sampler.guidanceLow == 0.2)
    #expect(recipe.evaluation.metrics == [.psnr, .ssim])
    #expect(recipe.alignment.depths == [2, 4])
    #expect(recipe.optimizer.emaProfiles == [0.05, 0.1])
    #expect(recipe.routing.routes.map(\.blocks) == [2...8, 10...10])
    // Stored again, it has the names of today.
    #expect(!then.yaml().contains("\n  steps:"))
    var again = try RecipeLayers()
    try again.apply(yaml: then.yaml(), origin: "again")
    #expect(try again.resolved() == recipe)
  }

  @Test func anotherItemIsAnotherRecipe() throws {
    let other = Self.stored.replacingOccurrences(of: "0.05,0.10", with: "0.05,0.2")
    #expect(
      try layers(other).differences(from: layers(Self.today)) == [
        "optimizer.ema_profiles: 0.05, 0.1 -> 0.05, 0.2"
      ])
  }

  /// Those that were there before settings were nested.
  private static let former = SamplerSettings.CodingKeys.allCases.filter {
    ![.accelerate, .threshold, .budget, .fulls, .interval, .order, .cacheSite].contains($0)
  }

  @Test(arguments: ["preview", "evaluation"], former)
  func everySettingIsKnownByBothNames(section: String, key: SamplerSettings.CodingKeys) throws {
    let values: [SamplerSettings.CodingKeys: String] = [
      .solver: "euler", .guidanceSource: "label", .guidanceRates: "0.1,0.2",
    ]
    let value = values[key] ?? "0"
    let (then, now) = (
      try RecipeLayers(assignments: ["\(section).\(key.rawValue)=\(value)"]),
      try RecipeLayers(assignments: ["\(section).sampler.\(key.rawValue)=\(value)"])
    )
    #expect(then.entries == now.entries)
    #expect(then.entries["\(section).sampler.\(key.rawValue)"]?.origin == "--set")
    #expect(try then.entries != RecipeLayers().entries)
  }
}
