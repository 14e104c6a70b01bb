import Diagnostics
import DiffusionMath
import Sampling

extension Recipe {
  /// A sampler for what this recipe trains, with the preview's solver and guidance.
  public func makeSampler() throws -> Sampler { try makeSampler(preview.sampler) }

  /// A sampler for what this recipe trains, drawing as some settings say.
  ///
  /// - Throws: ``PeregrineError`` `.usage` for what does not go with the training.
  public func makeSampler(_ settings: SamplerSettings) throws -> Sampler {
    guard objective.noiseScale == 1 || settings.solver != .eulerMaruyama else {
      throw PeregrineError(
        .usage, doing: "choosing a sampler",
        found: "the solver `euler-maruyama` with `objective.noise_scale: \(objective.noiseScale)`",
        expected: "a deterministic solver: the stochastic one's steps are those of noise with "
          + "deviation 1", advice: "Use `heun`.")
    }
    var sampler = Sampler()
    sampler.path = objective.path
    sampler.prediction = objective.prediction
    sampler.floor = objective.floor
    sampler.noiseScale = objective.noiseScale
    sampler.shift = TimeShift(factor: settings.timeShift(orTrained: objective.timeShift))
    sampler.solver = settings.solver
    sampler.steps = settings.steps
    sampler.guidance = try makeGuidance(settings)
    return sampler
  }

  /// How pictures are drawn to be scored while training, in the numbers that training computes in.
  public func makeScoredDrawing() throws -> Drawing {
    try Drawing(self, evaluation.sampler, precision: computationDType)
  }
}
