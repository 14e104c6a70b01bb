import ArgumentParser
import Recipes
import Tensors

/// How pictures are drawn; the defaults are the values in the run's recipe.
struct SamplingOptions: ParsableArguments {
  /// The precision of the network in sampling.
  enum Precision: String, CaseIterable, ExpressibleByArgument {
    case float32, bfloat16
    var dtype: DType { self == .float32 ? .float32 : .bfloat16 }
  }

  @OptionGroup var sampler: SamplerOptions

  @Option(help: "Matrix products in float32 or bfloat16. Default: float32.")
  var precision: Precision?

  /// The names of the options that were given.
  var given: [String] { sampler.givenNames + (precision.map { _ in ["precision"] } ?? []) }

  private var precisionInUse: Precision { precision ?? .float32 }

  /// The drawing for a run, with the recipe's preview changed by these options.
  func drawing(_ layers: RecipeLayers) throws -> Drawing {
    let recipe = try sampler.laid(over: layers).resolved()
    return try Drawing(recipe, recipe.preview.sampler, precision: precisionInUse.dtype)
  }

  /// The options that spell out every setting, by name, for the record of a picture.
  func named(_ layers: RecipeLayers) throws -> [(name: String, value: String)] {
    try SamplerOptions.named(stating: sampler.laid(over: layers))
      + [("precision", precisionInUse.rawValue)]
  }

  /// All settings by name, for the record of a picture.
  func record(_ layers: RecipeLayers) throws -> [String: String] {
    var record = try SamplerOptions.record(of: sampler.laid(over: layers))
    record["precision"] = precisionInUse.rawValue
    return record
  }
}
