import DiffusionMath
import Evaluation
import Foundation
import Models
import Objectives
import Sampling
import Tensors

/// From a recipe's words to the things they name. A new method registers itself here.
extension Recipe {
  /// The dtype of weights, moments and data.
  var masterDType: DType { training.precision == .float64 ? .float64 : .float32 }

  /// The dtype of matrix products.
  var computationDType: DType {
    switch training.precision {
    case .bfloat16: .bfloat16
    case .float32: .float32
    case .float64: .float64
    }
  }

  /// The network, with weights of zero.
  func makeModel(for data: DataDescription) throws -> any Backbone {
    let shape = data.summary.itemShape
    try data.requireSquare()
    return try Backbones.configuration(
      preset: model.preset, channels: shape[0], side: shape[1],
      classCount: data.summary.classNames.count
    ).makeBackbone()
  }

  /// The loss.
  func makeObjective() -> any Objectives.Objective {
    var flow = FlowMatching()
    flow.path = objective.path
    flow.prediction = objective.prediction
    flow.loss = objective.loss
    flow.floor = objective.floor
    flow.shift = TimeShift(factor: objective.timeShift)
    flow.labelDrop = objective.labelDrop
    flow.times =
      switch objective.time {
      case .uniform: .uniform
      case .logitNormal:
        .logitNormal(mean: objective.timeMean, standardDeviation: objective.timeDeviation)
      }
    return flow
  }

  /// A sampler for what this recipe trains, with the preview's solver and guidance.
  public func makeSampler() -> Sampler {
    var sampler = Sampler()
    sampler.path = objective.path
    sampler.prediction = objective.prediction
    sampler.floor = objective.floor
    sampler.shift = TimeShift(factor: objective.timeShift)
    sampler.solver = preview.solver
    sampler.steps = preview.steps
    sampler.guidance = Guidance(
      scale: preview.guidance, low: preview.guidanceLow, high: preview.guidanceHigh)
    return sampler
  }

  /// The scores measured during training; `nil` when the schedule has none.
  ///
  /// - Throws: what opening the reference or the feature network throws, so that a run fails at its start.
  func makeScoring(device: Device) throws -> RunScoring? {
    guard schedule.evaluateEveryImages > 0 else { return nil }
    let network =
      evaluation.features.isEmpty
      ? nil
      : try NamedFeatureNetwork(
        evaluation.features, weights: URL(fileURLWithPath: evaluation.weights), device: device)
    var measured = Evaluator(
      network: network,
      reference: try Reference(
        evaluation.against, size: evaluation.size == 0 ? nil : evaluation.size),
      cache: evaluation.cache.isEmpty
        ? Evaluator.defaultCache : URL(fileURLWithPath: evaluation.cache))
    measured.metrics = try Metric.list(evaluation.metrics)
    measured.blockSize = evaluation.blockSize == 0 ? nil : evaluation.blockSize
    measured.smallestSubset = evaluation.smallestSubset
    measured.allowsFewSamples = evaluation.allowFewSamples
    var scoring = RunScoring(measured)
    scoring.sampler = makeSampler()
    scoring.sampler.solver = evaluation.solver
    scoring.sampler.steps = evaluation.steps
    scoring.sampler.guidance = Guidance(
      scale: evaluation.guidance, low: evaluation.guidanceLow, high: evaluation.guidanceHigh)
    scoring.sampler.computation = computationDType
    scoring.labels = evaluation.labels
    scoring.count = evaluation.count
    scoring.seed = evaluation.seed
    return scoring
  }
}
