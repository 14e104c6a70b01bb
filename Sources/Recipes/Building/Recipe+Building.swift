import Diagnostics
import DiffusionMath
import Objectives
import Sampling
import Tensors

/// From a recipe's words to the things they name. A new method registers itself here.
extension Recipe {
  /// The dtype of weights, moments and data.
  package var masterDType: DType { training.precision == .float64 ? .float64 : .float32 }

  /// The dtype of matrix products.
  package var computationDType: DType {
    switch training.precision {
    case .bfloat16: .bfloat16
    case .float32: .float32
    case .float64: .float64
    }
  }

  /// What training and sampling agree on.
  package var formulation: FlowFormulation {
    var flow = FlowFormulation()
    flow.path = objective.path
    flow.prediction = objective.prediction
    flow.floor = objective.floor
    flow.noiseScale = objective.noiseScale
    flow.shift = TimeShift(factor: objective.timeShift)
    return flow
  }

  /// The loss.
  package func makeObjective() -> any Objectives.Objective {
    var flow = FlowMatching()
    flow.formulation = formulation
    flow.loss = objective.loss
    flow.conditionDrop = objective.labelDrop
    flow.times =
      switch objective.time {
      case .uniform: .uniform
      case .logitNormal:
        .logitNormal(mean: objective.timeMean, standardDeviation: objective.timeDeviation)
      }
    flow.noiseCandidates = objective.noiseCandidates
    flow.terms = lossTerms
    return flow
  }

  /// A sampler for what this recipe trains, with the preview's solver and guidance.
  public func makeSampler() throws -> FlowSampler { try makeSampler(preview) }

  /// A sampler for what this recipe trains, drawing as some settings say.
  ///
  /// - Throws: ``PeregrineError`` `.usage` for what does not go with the training.
  public func makeSampler(_ settings: any DrawingSettings) throws -> FlowSampler {
    guard objective.noiseScale == 1 || settings.solver != .eulerMaruyama else {
      throw PeregrineError(
        .usage, doing: "choosing a sampler",
        found: "the solver `euler-maruyama` with `objective.noise_scale: \(objective.noiseScale)`",
        expected: "a deterministic solver: the stochastic one's steps are those of noise with "
          + "deviation 1", advice: "Use `heun`.")
    }
    var sampler = FlowSampler()
    sampler.formulation = formulation
    if settings.timeShift != 0 {
      sampler.formulation.shift = TimeShift(factor: settings.timeShift)
    }
    sampler.solver = settings.solver
    sampler.steps = settings.steps
    sampler.guidance = try makeGuidance(settings)
    return sampler
  }

  /// The sampler whose pictures are scored, in the numbers that training computes in.
  public func makeScoringSampler() throws -> FlowSampler {
    var sampler = try makeSampler(evaluation)
    sampler.computation = computationDType
    return sampler
  }
}
