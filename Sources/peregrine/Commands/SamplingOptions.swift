import ArgumentParser
import Sampling
import Tensors
import Training

extension Solver: ExpressibleByArgument {}

/// How pictures are drawn; what is left out is as in the run's recipe.
struct SamplingOptions: ParsableArguments {
  /// The numbers that the network computes in while sampling.
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

  @Option(help: "Matrix products in float32 or bfloat16.")
  var precision = Precision.float32

  func validate() throws {
    if let steps, steps < 1 { throw ValidationError("--steps must be at least 1.") }
    if let guidance, !guidance.isFinite { throw ValidationError("--guidance must be a number.") }
  }

  /// The recipe's sampler with these changes.
  func sampler(for recipe: Recipe) throws -> Sampler {
    var sampler = recipe.makeSampler()
    sampler.solver = solver ?? sampler.solver
    sampler.steps = steps ?? sampler.steps
    sampler.guidance = Guidance(
      scale: guidance ?? sampler.guidance.scale, low: guidanceLow ?? sampler.guidance.low,
      high: guidanceHigh ?? sampler.guidance.high)
    sampler.computation = precision.dtype
    return sampler
  }

  /// The options that state every choice, for the record of a picture.
  func words(for recipe: Recipe) -> [String] {
    guard let sampler = try? sampler(for: recipe) else { return [] }
    return [
      "--solver", sampler.solver.rawValue, "--steps", "\(sampler.steps)",
      "--guidance", "\(sampler.guidance.scale)", "--guidance-low", "\(sampler.guidance.low)",
      "--guidance-high", "\(sampler.guidance.high)", "--precision", precision.rawValue,
    ]
  }
}
