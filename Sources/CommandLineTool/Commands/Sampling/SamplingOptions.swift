import ArgumentParser
import Recipes
import Sampling
import Tensors

extension Solver: ExpressibleByArgument {}
extension GuidanceSource: ExpressibleByArgument {}

/// How pictures are sampled; options that are not given are taken from the run's recipe.
struct SamplingOptions: ParsableArguments {
  /// The number type that the network computes in while sampling.
  enum Precision: String, CaseIterable, ExpressibleByArgument {
    case float32, bfloat16
    var dtype: DType { self == .float32 ? .float32 : .bfloat16 }
  }

  @Option(help: "The numerical method. Default: the recipe's preview.")
  var solver: Solver?

  @Option(
    help: "Steps of the solver; heun makes two evaluations per step. Default: the recipe's preview."
  )
  var steps: Int?

  @Option(help: "Classifier-free guidance scale; 1 is none. Default: the recipe's preview.")
  var guidance: Double?

  @Option(help: "No guidance at times below this; 0 is data.")
  var guidanceLow: Double?

  @Option(help: "No guidance at times above this; 1 is noise.")
  var guidanceHigh: Double?

  @Option(
    help: ArgumentHelp(
      """
      What guidance leads away from: label (no class), path or path-label (SPRINT's middle blocks off), \
      routes or routes-label (TREAD's skipping more tokens). Default: the recipe's preview.
      """))
  var guidanceSource: GuidanceSource?

  @Option(
    help: "For guidance by routes: the shares that skip, strong and weak. Default: 0.5,0.9.")
  var guidanceRates: String?

  @Option(help: "The guidance scale of the class token (REG); 0 leaves it alone.")
  var classTokenGuidance: Double?

  @Option(help: "Matrix products in float32 or bfloat16.")
  var precision = Precision.float32

  func validate() throws {
    if let steps, steps < 1 { throw ValidationError("--steps must be at least 1.") }
    if let guidance, !guidance.isFinite { throw ValidationError("--guidance must be a number.") }
  }

  /// The recipe's sampler with these options applied.
  func sampler(for recipe: Recipe) throws -> FlowSampler {
    var sampler = try recipe.makeSampler(drawing(for: recipe))
    sampler.computation = precision.dtype
    return sampler
  }

  /// The recipe's preview with these options applied.
  private func drawing(for recipe: Recipe) -> Recipe.Preview {
    var drawing = recipe.preview
    drawing.solver = solver ?? drawing.solver
    drawing.steps = steps ?? drawing.steps
    drawing.guidance = guidance ?? drawing.guidance
    drawing.guidanceLow = guidanceLow ?? drawing.guidanceLow
    drawing.guidanceHigh = guidanceHigh ?? drawing.guidanceHigh
    drawing.guidanceSource = guidanceSource ?? drawing.guidanceSource
    drawing.guidanceRates = guidanceRates ?? drawing.guidanceRates
    drawing.classTokenGuidance = classTokenGuidance ?? drawing.classTokenGuidance
    return drawing
  }

  /// The options that state every choice explicitly, for the record stored in a picture.
  func words(for recipe: Recipe) -> [String] {
    let drawing = drawing(for: recipe)
    var words = [
      "--solver", drawing.solver.rawValue, "--steps", "\(drawing.steps)",
      "--guidance", "\(drawing.guidance)", "--guidance-low", "\(drawing.guidanceLow)",
      "--guidance-high", "\(drawing.guidanceHigh)", "--precision", precision.rawValue,
    ]
    if drawing.guidanceSource != .label {
      words += ["--guidance-source", drawing.guidanceSource.rawValue]
    }
    if [.routes, .routesLabel].contains(drawing.guidanceSource) {
      words += ["--guidance-rates", drawing.guidanceRates]
    }
    if drawing.classTokenGuidance > 0 {
      words += ["--class-token-guidance", "\(drawing.classTokenGuidance)"]
    }
    return words
  }
}
