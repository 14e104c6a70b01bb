import Diagnostics
import DiffusionMath
import Sampling

extension Recipe {
  /// Makes the sampler of some settings, for models trained with this recipe. It has no caches;
  /// ``Drawing`` adds them.
  ///
  /// - Throws: ``PeregrineError`` `.usage` for settings that do not fit the training.
  func makeSampler(_ settings: SamplerSettings) throws -> FlowSampler {
    try Self.check(settings.rules(at: "sampler"), doing: "choosing a sampler")
    guard objective.noiseScale == 1 || settings.solver != .eulerMaruyama else {
      throw PeregrineError(
        .usage, doing: "choosing a sampler",
        found: "the solver `euler-maruyama` with `objective.noise_scale: \(objective.noiseScale)`",
        expected: "a deterministic solver: the stochastic one's steps are those of noise with "
          + "deviation 1", advice: "Use `heun`.")
    }
    guard
      settings.accelerate == .none || settings.guidanceSource == .label || settings.guidance == 1
    else {
      throw PeregrineError(
        .usage, doing: "choosing a sampler",
        found: "guidance by `\(settings.guidanceSource.rawValue)` with "
          + "`accelerate: \(settings.accelerate.rawValue)`",
        expected: "one of them: routes change what the blocks compute from step to step",
        advice: "Guide by `label`.")
    }
    var sampler = FlowSampler()
    sampler.formulation = objective.formulation
    sampler.formulation.shift = TimeShift(
      factor: settings.timeShift(orTrained: objective.timeShift))
    sampler.solver = settings.solver
    sampler.steps = settings.steps
    sampler.guidance = try makeGuidance(settings)
    return sampler
  }

  /// The drawing for evaluations during training, in the precision of training.
  public func makeScoredDrawing() throws -> Drawing {
    try Drawing(self, evaluation.sampler, precision: computationDType)
  }
}
